"""The compiled core; everything else about the package is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

MODULES = ("_scan", "_model", "_decode")

setup(
    ext_modules=cythonize(
        [
            Extension(f"despin.decode.{name}", [f"src/despin/decode/{name}.pyx"], extra_compile_args=["-O2"])
            for name in MODULES
        ],
        compiler_directives={"language_level": 3},
    )
)
