#!/usr/bin/env bash
# Builds the compiled core with AddressSanitizer and UndefinedBehaviorSanitizer, away from the checkout, and runs the
# tests that go through it: any error ends the run with its trace.
#   tests/sanitizers.sh [pytest arguments]
# Needs the test environment of the README in .venv (or PYTHON=...) and gcc. Leaks are not looked for: the interpreter
# keeps what it has at its end.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git ls-files -z --cached --others --exclude-standard | tar --null -T - --ignore-failed-read -cf - | tar -xf - -C "$work"
"$python" -m pip -q install --target "$work/tools" "setuptools>=77" "cython>=3.1"

mkdir -p "$work/src/despin/data"
cp src/despin/data/en.despin "$work/src/despin/data/"  # as built without sanitizers, which is much faster

cd "$work"
export CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined" LDFLAGS="-fsanitize=address,undefined"
PYTHONPATH="$work/tools" "$python" - <<'PY'
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup

sources = glob("src/despin/**/*.pyx", recursive=True)
modules = [Extension(path[len("src/") : -len(".pyx")].replace("/", "."), [path]) for path in sources]
setup(
    ext_modules=cythonize(modules, compiler_directives={"language_level": 3}, quiet=True),
    script_args=["-q", "build_ext", "--inplace"],
)
PY

export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# the interpreter has no sanitizer in it, so the library must be there before anything else; with the interpreter's own
# allocator an overrun into a neighbouring object would go unnoticed
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $(gcc -print-file-name=libstdc++.so)"
export LD_PRELOAD PYTHONMALLOC=malloc
export PYTHONPATH="$work/src"
"$python" - "$work" <<'PY'
import sys
from pathlib import Path

from despin.decode import _decode

assert Path(_decode.__file__).is_relative_to(sys.argv[1]), _decode.__file__
assert b"__asan_init" in Path(_decode.__file__).read_bytes(), "built without the sanitizers"
PY
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/test_properties.py tests/test_core_equals_reference.py tests/test_errors.py tests/fuzz)
"$python" -m pytest -p no:cacheprovider "${tests[@]}"
