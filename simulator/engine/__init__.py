"""One vLLM replica in real time: the scheduler of ``neuralnav.performance``, driven by the clock on the wall."""
