"""Memory of the process: given back when it is free, and not looked through for nothing."""

import ctypes
import gc

import streamlit as st

# From the C library's malloc.h.
M_MMAP_THRESHOLD = -3
LARGE_BLOCK_BYTES = 128 * 1024


@st.cache_resource(show_spinner=False)
def give_back_large_blocks() -> None:
    """A large block, once free, is the system's again: else glibc raises the size from which that is so, up to 32 MB.

    With five people at a warehouse of millions it comes to 80 MB. Other C libraries have no such function, and habit.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


@st.cache_resource(show_spinner=False)
def spare_the_collector() -> None:
    """Streamlit looks for garbage after each run: among all imported modules too, for 0.1 s in which nobody is served.

    They stay for good, so the collector need not look at them again.
    """
    gc.collect()
    gc.freeze()
