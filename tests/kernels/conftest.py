from __future__ import annotations

import numba

# with the JIT off nothing is compiled, and the other tests run kernels as Python
collect_ignore = ["test_jit.py"] if numba.config.DISABLE_JIT else []
