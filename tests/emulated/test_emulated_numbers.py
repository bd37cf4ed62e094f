"""Vectors, wide numbers, atomics: what the processors have different instructions for, with one result."""

from __future__ import annotations

import re

import pytest


@pytest.mark.parametrize("optimize", [0, 2])
def test_vectors(session, optimize):
    session.add_ir(
        """
        @a = global <8 x i32> <i32 1, i32 -2, i32 3, i32 -4, i32 5, i32 -6, i32 7, i32 2147483647>
        @b = global <8 x i32> <i32 10, i32 20, i32 30, i32 40, i32 50, i32 60, i32 70, i32 1>
        @x = global <4 x double> <double 1.5, double -2.0, double 1.0e10, double 0.125>
        @out = global <8 x i32> zeroinitializer
        @doubles = global <4 x double> zeroinitializer
        declare i32 @llvm.vector.reduce.add.v8i32(<8 x i32>)
        declare i32 @llvm.vector.reduce.smax.v8i32(<8 x i32>)
        declare <8 x i32> @llvm.sadd.sat.v8i32(<8 x i32>, <8 x i32>)
        declare <4 x double> @llvm.fma.v4f64(<4 x double>, <4 x double>, <4 x double>)
        define i32 @reduced() {
          %a = load <8 x i32>, ptr @a
          %b = load <8 x i32>, ptr @b
          %m = mul <8 x i32> %a, %b
          %s = call i32 @llvm.vector.reduce.add.v8i32(<8 x i32> %m)
          %t = call i32 @llvm.vector.reduce.smax.v8i32(<8 x i32> %a)
          %r = sub i32 %s, %t
          ret i32 %r
        }
        define void @mixed() {
          %a = load <8 x i32>, ptr @a
          %b = load <8 x i32>, ptr @b
          %s = call <8 x i32> @llvm.sadd.sat.v8i32(<8 x i32> %a, <8 x i32> %b)
          %less = icmp slt <8 x i32> %a, zeroinitializer
          %picked = select <8 x i1> %less, <8 x i32> %b, <8 x i32> %s
          %turned = shufflevector <8 x i32> %picked, <8 x i32> %a, <8 x i32> <i32 7, i32 0, i32 1, i32 8, i32 9, i32 15, i32 3, i32 4>
          store <8 x i32> %turned, ptr @out
          %x = load <4 x double>, ptr @x
          %y = fmul <4 x double> %x, <double 2.0, double 4.0, double 1.0e-10, double 8.0>
          %z = fadd <4 x double> %y, %x
          store <4 x double> %z, ptr @doubles
          ret void
        }
        """,
        optimize=optimize,
    )
    assert session.function("reduced")() == (10 - 40 + 90 - 160 + 250 - 360 + 490 + 2147483647) - 2147483647
    session.function("mixed")()
    out = session.read_memory(session.lookup("out"), 32)
    assert [int.from_bytes(out[i : i + 4], "little", signed=True) for i in range(0, 32, 4)] == [
        2147483647,
        11,
        20,
        1,
        -2,
        2147483647,
        40,
        55,
    ]
    session.add_ir(
        "@doubles = external global <4 x double>  define double @double(i64 %i) { %p = getelementptr double, ptr @doubles, i64 %i  %r = load double, ptr %p  ret double %r }"
    )
    assert [session.function("double")(i) for i in range(4)] == [4.5, -10.0, 1.0 + 1.0e10, 1.125]


BITS = """
declare i64 @llvm.ctpop.i64(i64)
declare i64 @llvm.ctlz.i64(i64, i1)
declare i64 @llvm.cttz.i64(i64, i1)
declare i64 @llvm.bswap.i64(i64)
declare i64 @llvm.fshl.i64(i64, i64, i64)
declare { i64, i1 } @llvm.smul.with.overflow.i64(i64, i64)
define i64 @count(i64 %x) { %r = call i64 @llvm.ctpop.i64(i64 %x)  ret i64 %r }
define i64 @zeros(i64 %x) {
  %l = call i64 @llvm.ctlz.i64(i64 %x, i1 false)
  %t = call i64 @llvm.cttz.i64(i64 %x, i1 false)
  %h = shl i64 %l, 8
  %r = or i64 %h, %t
  ret i64 %r
}
define i64 @turned(i64 %x) { %s = call i64 @llvm.bswap.i64(i64 %x)  %r = call i64 @llvm.fshl.i64(i64 %s, i64 %s, i64 12)  ret i64 %r }
define i64 @high(i64 %x, i64 %y) {
  %a = sext i64 %x to i128
  %b = sext i64 %y to i128
  %p = mul i128 %a, %b
  %h = lshr i128 %p, 64
  %r = trunc i128 %h to i64
  ret i64 %r
}
define i64 @saturated(i64 %x, i64 %y) {
  %p = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 %x, i64 %y)
  %v = extractvalue { i64, i1 } %p, 0
  %o = extractvalue { i64, i1 } %p, 1
  %r = select i1 %o, i64 -1, i64 %v
  ret i64 %r
}
define i64 @divided(i64 %x, i64 %y) { %q = sdiv i64 %x, %y  %m = srem i64 %x, %y  %s = shl i64 %q, 16  %r = xor i64 %s, %m  ret i64 %r }
define i64 @shifted(i64 %x, i64 %by) { %a = ashr i64 %x, %by  %b = lshr i64 %x, %by  %r = sub i64 %a, %b  ret i64 %r }
"""


@pytest.mark.parametrize("optimize", [0, 2])
def test_integers(session, optimize):
    session.add_ir(BITS, optimize=optimize)
    f = {
        name: session.function(name) for name in ("count", "zeros", "turned", "high", "saturated", "divided", "shifted")
    }
    assert (f["count"](-1), f["count"](0x5555)) == (64, 8)
    assert (f["zeros"](0), f["zeros"](1 << 20)) == (64 << 8 | 64, 43 << 8 | 20)
    assert f["turned"](0x0102030405060708) == 0x7060504030201080
    assert (f["high"](1 << 62, 12), f["high"](-1, 5), f["high"](-(1 << 63), -(1 << 63))) == (3, -1, 1 << 62)
    assert (f["saturated"](1 << 40, 1 << 40), f["saturated"](-3, 7)) == (-1, -21)
    assert f["divided"](-1000003, 97) == (-(1000003 // 97) << 16) ^ -(1000003 % 97)
    assert f["shifted"](-256, 4) == -(1 << 60)


def test_conversions(session):
    session.add_ir("""
        declare i32 @llvm.fptosi.sat.i32.f64(double)
        define i32 @saturated(double %x) { %r = call i32 @llvm.fptosi.sat.i32.f64(double %x)  ret i32 %r }
        define i64 @truncated(double %x) { %r = fptosi double %x to i64  ret i64 %r }
        define double @from(i64 %x) { %r = uitofp i64 %x to double  ret double %r }
        define float @narrow(double %x) { %r = fptrunc double %x to float  ret float %r }
        define i64 @bits(double %x) { %r = bitcast double %x to i64  ret i64 %r }
        define i1 @ordered(double %x, double %y) { %r = fcmp olt double %x, %y  ret i1 %r }
        define i1 @unordered(double %x, double %y) { %r = fcmp uno double %x, %y  ret i1 %r }
    """)
    f = {
        name: session.function(name)
        for name in ("saturated", "truncated", "from", "narrow", "bits", "ordered", "unordered")
    }
    nan = float("nan")
    assert [f["saturated"](x) for x in (1e20, -1e20, nan, -7.9)] == [2147483647, -2147483648, 0, -7]
    assert [f["truncated"](x) for x in (2.99, -2.99, 1e15)] == [2, -2, 10**15]
    assert (f["from"](-1), f["narrow"](1 / 3)) == (float(2**64), 0.3333333432674408)
    assert f["bits"](-2.5) == -0x3FFC000000000000
    assert (f["ordered"](1.0, 2.0), f["ordered"](nan, 2.0), f["unordered"](nan, 2.0)) == (True, False, True)


def atomics(bits):
    """Each operation on a cell of this width; what it gave and what it left, mixed."""
    operations = ("xchg", "add", "sub", "and", "nand", "or", "xor", "max", "min", "umax", "umin")
    lines = ["store iN 77, ptr @cell"]
    total = "0"
    for i, operation in enumerate(operations):
        lines += [
            f"%old{i} = atomicrmw {operation} ptr @cell, iN {13 + 40 * i % 90} seq_cst",
            f"%wide{i} = zext iN %old{i} to i64",
            f"%by{i} = mul i64 {total}, 31",
            f"%total{i} = add i64 %by{i}, %wide{i}",
        ]
        total = f"%total{i}"
    lines += [
        "%seen = load atomic iN, ptr @cell acquire, align SIZE",
        "%swap = cmpxchg ptr @cell, iN %seen, iN 5 acq_rel monotonic",
        "%ok = extractvalue { iN, i1 } %swap, 1",
        "%again = cmpxchg weak ptr @cell, iN 6, iN 7 seq_cst seq_cst",
        "%not = extractvalue { iN, i1 } %again, 1",
        "fence seq_cst",
        "%left = load iN, ptr @cell",
        "%left.wide = zext iN %left to i64",
        "%ok.wide = zext i1 %ok to i64",
        "%not.wide = zext i1 %not to i64",
        f"%a = mul i64 {total}, 10",
        "%b = add i64 %a, %ok.wide",
        "%c = mul i64 %b, 10",
        "%d = add i64 %c, %not.wide",
        "%e = mul i64 %d, 1000",
        "%f = add i64 %e, %left.wide",
        "ret i64 %f",
    ]
    body = "\n  ".join(lines)
    if bits == 64:
        body = re.sub(r"zext iN (\S+) to i64", r"add i64 \1, 0", body)
    return f"@cell = global iN 0\ndefine i64 @go() {{\n  {body}\n}}".replace("iN", f"i{bits}").replace(
        "SIZE", str(bits // 8)
    )


def atomics_expected(bits):
    mask, sign = (1 << bits) - 1, 1 << bits - 1
    signed = lambda x: (x ^ sign) - sign  # noqa: E731
    apply = {
        "xchg": lambda _, y: y, "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "and": lambda x, y: x & y,
        "nand": lambda x, y: ~(x & y), "or": lambda x, y: x | y, "xor": lambda x, y: x ^ y,
        "max": lambda x, y: x if signed(x) > signed(y) else y, "min": lambda x, y: x if signed(x) < signed(y) else y,
        "umax": max, "umin": min,
    }  # fmt: skip
    cell, total = 77, 0
    for i, operation in enumerate(apply.values()):
        total = total * 31 + cell
        cell = operation(cell, 13 + 40 * i % 90) & mask
    return ((total * 10 + 1) * 10 * 1000 + 5) & (1 << 64) - 1


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_atomics_of_every_width(session, bits):
    session.add_ir(atomics(bits))
    assert session.function("go")() & (1 << 64) - 1 == atomics_expected(bits)


THREADS = """
@counter = global i64 0
@guarded = global i64 0
@lock = global [64 x i8] zeroinitializer, align 16
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
define ptr @work(ptr %times) {
entry:
  %n = ptrtoint ptr %times to i64
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %j, %next ]
  %old = atomicrmw add ptr @counter, i64 1 seq_cst
  %locked = call i32 @pthread_mutex_lock(ptr @lock)
  %g = load volatile i64, ptr @guarded
  %h = add i64 %g, 1
  store volatile i64 %h, ptr @guarded
  %unlocked = call i32 @pthread_mutex_unlock(ptr @lock)
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %next, label %end
end:
  ret ptr %times
}
define i64 @two_threads(i64 %n) {
  %first = alloca i64
  %second = alloca i64
  %result = alloca ptr
  %times = inttoptr i64 %n to ptr
  %1 = call i32 @pthread_create(ptr %first, ptr null, ptr @work, ptr %times)
  %2 = call i32 @pthread_create(ptr %second, ptr null, ptr @work, ptr %times)
  %a = load i64, ptr %first
  %b = load i64, ptr %second
  %3 = call i32 @pthread_join(i64 %a, ptr %result)
  %4 = call i32 @pthread_join(i64 %b, ptr null)
  %r = load ptr, ptr %result
  %came = ptrtoint ptr %r to i64
  %g = load i64, ptr @guarded
  %c = load i64, ptr @counter
  %sum = add i64 %g, %c
  %all = add i64 %sum, %came
  ret i64 %all
}
"""


def test_threads_of_its_own(executor):
    with executor.session(threads=2) as session:
        session.add_ir(THREADS)
        assert session.function("two_threads")(300) == 300 * 5


KEYS = """
@key = global i32 0
@trace = global i64 0
declare i32 @pthread_key_create(ptr, ptr)
declare i32 @pthread_setspecific(i32, ptr)
declare ptr @pthread_getspecific(i32)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
define internal void @end(ptr %value) {
  %v = ptrtoint ptr %value to i64
  %t = load i64, ptr @trace
  %by = mul i64 %t, 10
  %sum = add i64 %by, %v
  store i64 %sum, ptr @trace
  %left = sub i64 %v, 1
  %next = inttoptr i64 %left to ptr
  %k = load i32, ptr @key
  %r = call i32 @pthread_setspecific(i32 %k, ptr %next)
  ret void
}
define internal ptr @body(ptr %value) {
  %k = load i32, ptr @key
  %1 = call i32 @pthread_setspecific(i32 %k, ptr %value)
  %2 = call ptr @pthread_getspecific(i32 %k)
  ret ptr %2
}
define i64 @go() {
  %thread = alloca i64
  %1 = call i32 @pthread_key_create(ptr @key, ptr @end)
  %2 = call i32 @pthread_create(ptr %thread, ptr null, ptr @body, ptr inttoptr (i64 3 to ptr))
  %t = load i64, ptr %thread
  %3 = call i32 @pthread_join(i64 %t, ptr null)
  %r = load i64, ptr @trace
  ret i64 %r
}
"""


def test_what_a_thread_leaves_under_a_key_is_destroyed(executor):
    with executor.session(threads=1) as session:
        session.add_ir(KEYS)
        assert session.function("go")() == 321
