"""From records to statistics, tables and one offline HTML page; never imports torch."""
