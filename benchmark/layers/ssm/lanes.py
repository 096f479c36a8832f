"""Many channels in one value: SIMD arithmetic for numba kernels, written out so that no optimiser has to find it.

A ``Lanes`` value holds `LANES` neighbouring channels of one dtype and becomes as many machine registers as that takes.
Everything here works only inside compiled functions. Numba keys its cache by the file of the *kernel*: whoever changes
this file must touch the kernels beside it, or the machine code of yesterday runs on.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

#: Channels per value: four AVX-512 or eight AVX2 registers of float32, enough independent work to hide latencies.
LANES = 64

#: (2^f - 1) / f on |f| <= 1/2 by ascending power: a least-maximum fit (error 2e-9, under one unit in the last place of
#: float32 once evaluated) and the Taylor series (5e-18). 2^0 is exactly 1 in both, so a step of zero changes no state.
_EXP2_TERMS = {
    32: (0.693147202855046, 0.2402264791363079, 0.05550332471157171, 0.009618437357564884, 0.0013398874404387461,
         0.00015353361917526474),
    64: tuple(math.log(2) ** k / math.factorial(k) for k in range(1, 14)),
}  # fmt: skip
#: Mantissa bits and exponent bias of each width, and how many terms of the logarithm's series it needs.
_MANTISSA = {32: 23, 64: 52}
_BIAS = {32: 127, 64: 1023}
_LOG_TERMS = {32: 7, 64: 17}
#: Rounding a product and a sum once (FMA) is allowed; reordering is not.
_FUSED = ("contract",)

Codegen = Callable[[Any, Any, Any, Any], Any]


class Lanes(types.Type):  # type: ignore[misc]
    """`LANES` numbers of one real dtype."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


def _vector(lanes: Lanes) -> Any:
    return ir.VectorType(ir.FloatType() if lanes.dtype.bitwidth == 32 else ir.DoubleType(), LANES)


def _constant(vector: Any, value: float) -> Any:
    """A vector of one known number, rounded to what its element can hold (the IR refuses anything else)."""
    number = float(np.float32(value)) if isinstance(vector.element, ir.FloatType) else value
    return ir.Constant(vector, [number] * LANES)


def _spread(builder: Any, vector: Any, scalar: Any) -> Any:
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, scalar, ir.IntType(32)(0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _horner(builder: Any, x: Any, ascending: Sequence[float]) -> Any:
    total = _constant(x.type, ascending[-1])
    for term in ascending[-2::-1]:
        total = builder.fadd(builder.fmul(total, x, flags=_FUSED), _constant(x.type, term), flags=_FUSED)
    return total


def _call(builder: Any, name: str, result: Any, arguments: Sequence[Any], flags: tuple[str, ...] = ()) -> Any:
    kind = ir.FunctionType(result, [a.type for a in arguments])
    width = 32 if isinstance(arguments[-1].type.element, ir.FloatType) else 64
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f{width}")
    return builder.call(function, arguments, fastmath=flags)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, _vector(lanes))


def _operator(symbol: Any, instruction: str) -> None:
    @type_callable(symbol)  # type: ignore[untyped-decorator]
    def kind(context: Any) -> Callable[[Any, Any], Any]:
        return lambda x, y: x if isinstance(x, Lanes) and x == y else None

    @lower_builtin(symbol, Lanes, Lanes)  # type: ignore[untyped-decorator]
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments, flags=_FUSED)


for _symbol, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _operator(_symbol, _instruction)
_operator(operator.truediv, "fdiv")


def _address(context: Any, builder: Any, array: Any, value: Any, offset: Any) -> Any:
    return builder.gep(context.make_array(array)(context, builder, value).data, [offset])


@intrinsic  # type: ignore[untyped-decorator]
def load(typing: Any, array: Any, offset: Any) -> tuple[Any, Codegen]:
    """The `LANES` elements from ``offset`` on, counted in the memory of a contiguous array of any shape."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], *arguments)
        value = builder.load(builder.bitcast(place, _vector(signature.return_type).as_pointer()))
        value.align = array.dtype.bitwidth // 8
        return value

    return Lanes(array.dtype)(array, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator]
def store(typing: Any, array: Any, offset: Any, lanes: Any) -> tuple[Any, Codegen]:
    """Write ``lanes`` from element ``offset`` of a contiguous array on."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _address(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], builder.bitcast(place, arguments[2].type.as_pointer()), array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), codegen


@intrinsic  # type: ignore[untyped-decorator]
def spread(typing: Any, array: Any, offset: Any) -> tuple[Any, Codegen]:
    """One element of a contiguous array, the same in every lane."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = builder.load(_address(context, builder, signature.args[0], *arguments))
        return _spread(builder, _vector(signature.return_type), scalar)

    return Lanes(array.dtype)(array, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator]
def like(typing: Any, lanes: Any, number: Any) -> tuple[Any, Codegen]:
    """``number`` in every lane, in the dtype of ``lanes``."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = arguments[0].type
        narrow = isinstance(vector.element, ir.FloatType)
        scalar = builder.fptrunc(arguments[1], vector.element) if narrow else arguments[1]
        return _spread(builder, vector, scalar)

    return lanes(lanes, types.float64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def total(typing: Any, lanes: Any) -> tuple[Any, Codegen]:
    """Sum over the lanes, in the tree order that suits the machine."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = arguments[0].type.element
        return _call(builder, "vector.reduce.fadd", scalar, [ir.Constant(scalar, 0.0), arguments[0]], ("reassoc",))

    return lanes.dtype(lanes), codegen


@intrinsic  # type: ignore[untyped-decorator]
def larger(typing: Any, x: Any, y: Any) -> tuple[Any, Codegen]:
    """The larger of each two lanes; ``y`` where they cannot be compared."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *arguments), *arguments)

    return x(x, x), codegen


@intrinsic  # type: ignore[untyped-decorator]
def exp2(typing: Any, x: Any) -> tuple[Any, Codegen]:
    """2^x within one unit in the last place; held at the smallest and largest powers a normal number reaches."""
    width = x.dtype.bitwidth
    bits = ir.VectorType(ir.IntType(width), LANES)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (value,) = arguments
        # the comparisons are false for NaN, which so passes through to the result
        for sign, limit in (("<", 2.0 - _BIAS[width]), (">", float(_BIAS[width]))):
            bound = _constant(value.type, limit)
            value = builder.select(builder.fcmp_ordered(sign, value, bound), bound, value)
        whole = _call(builder, "rint", value.type, [value])
        rest = builder.fsub(value, whole)
        power = _horner(builder, rest, (1.0, *_EXP2_TERMS[width]))
        exponent = builder.shl(builder.fptosi(whole, bits), ir.Constant(bits, [_MANTISSA[width]] * LANES))
        return builder.bitcast(builder.add(builder.bitcast(power, bits), exponent), value.type)

    return x(x), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _log1p_unit(typing: Any, x: Any) -> tuple[Any, Codegen]:
    """log(1 + x) for 0 <= x <= 1, relative error of rounding: 2 artanh(s), s = x / (2 + x) <= 1/3, as a series."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (value,) = arguments
        s = builder.fdiv(value, builder.fadd(value, _constant(value.type, 2.0)))
        series = [2.0 / (2 * k + 1) for k in range(_LOG_TERMS[x.dtype.bitwidth])]
        return builder.fmul(s, _horner(builder, builder.fmul(s, s), series))

    return x(x), codegen


_LOG2E = math.log2(math.e)


@njit  # type: ignore[untyped-decorator]
def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    one = like(x, 1.0)
    return one / (one + exp2(x * like(x, -_LOG2E)))


@njit  # type: ignore[untyped-decorator]
def softplus(x: Any) -> Any:
    """log(1 + e^x), relatively exact also where it is tiny; at -infinity 0 (to 1e-37)."""
    zero = like(x, 0.0)
    return larger(x, zero) + _log1p_unit(exp2((zero - larger(x, zero - x)) * like(x, _LOG2E)))
