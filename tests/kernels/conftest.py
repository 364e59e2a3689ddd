from __future__ import annotations

from edgeinterp_kernels import machine_code

# with the JIT off nothing is compiled, and the other tests run kernels as Python
collect_ignore = [] if machine_code.ENABLED else ["test_machine_code.py"]
