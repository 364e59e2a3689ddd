"""The machine and the process: threads, files, checkpoints, interrupts, memory, and checks of arguments."""
