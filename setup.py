"""The compiled core, and the model file that it reads; everything else about the package is in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
MODULES = ("decode._scan", "decode._model", "decode._decode", "language._embed")
# Not by PYTHONPATH: pip's isolated builds take folders off the path that an earlier editable installation put on it.
COMPILE_MODEL = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('despin.channel.build', run_name='__main__')"
)


class BuildCoreAndModel(build_ext):
    """Builds the extension modules, then compiles dictionaries and language model with them."""

    def run(self) -> None:
        super().run()
        in_place = self.inplace or getattr(self, "editable_mode", False)
        library = ROOT / "src" if in_place else Path(self.build_lib).resolve()
        output = library / "despin" / "data" / "en.despin"
        command = [sys.executable, "-c", COMPILE_MODEL, str(library), "--source", str(ROOT), "-o", str(output)]
        subprocess.run(command, check=True, cwd=self.build_temp_folder())

    def build_temp_folder(self) -> str:
        """A folder without packages in it, so that nothing there shadows what was just built."""
        Path(self.build_temp).mkdir(parents=True, exist_ok=True)
        return self.build_temp


setup(
    ext_modules=cythonize(
        [
            Extension(f"despin.{name}", [f"src/despin/{name.replace('.', '/')}.pyx"], extra_compile_args=["-O3"])
            for name in MODULES
        ],
        # The modules keep process-wide tables: another interpreter with a lock of its own is told so when it imports
        # them, and a free-threaded one turns its lock on.
        compiler_directives={
            "language_level": 3,
            "subinterpreters_compatible": "no",
            "freethreading_compatible": False,
        },
    ),
    cmdclass={"build_ext": BuildCoreAndModel},
)
