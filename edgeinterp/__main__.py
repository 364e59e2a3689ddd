"""``python -m edgeinterp``."""

import sys

from .cli import main

sys.exit(main())
