"""How far a run is: a line in a terminal, a bar in a notebook, nothing elsewhere."""

import html
import sys
import time

# Runs shorter than this show nothing.
PATIENCE = 0.5
WIDTH = 24


def reporter(wanted):
    """What shows the progress of a run: `None` chooses by where the program runs, `False` shows nothing."""
    if wanted is False:
        return Silent()
    if in_notebook():
        return Notebook()
    if wanted or sys.stderr.isatty():
        return Terminal()
    return Silent()


def in_notebook():
    """Whether cells of a notebook run here, which show HTML."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class Silent:
    """Shows nothing, so that nobody is called."""

    tell = None

    def close(self):
        """There is nothing to take away."""


class Shown:
    """Shows how far a run is once it has taken longer than a moment."""

    def __init__(self):
        self.began = time.monotonic()
        self.last = None

    def tell(self, share, waiting):
        elapsed = time.monotonic() - self.began
        if elapsed < PATIENCE:
            return
        words = f"waiting for {waiting[0]}, {waiting[1]:.0f} s" if waiting else f"{elapsed:.0f} s"
        now = (round(100 * (share or 0)), words)
        if now != self.last:
            self.last = now
            self.draw(*now)


class Terminal(Shown):
    """A line of standard error, which goes when the run ends."""

    def draw(self, percent, words):
        done = "#" * (WIDTH * percent // 100)
        sys.stderr.write(f"\r\033[K{done:-<{WIDTH}} {percent:3}%  {words}")
        sys.stderr.flush()

    def close(self):
        if self.last:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


class Notebook(Shown):
    """A bar below the cell, which goes when the run ends."""

    handle = None

    def draw(self, percent, words):
        from IPython.display import HTML, display

        bar = HTML(f'<progress max="100" value="{percent}"></progress> {percent}% &nbsp;{html.escape(words)}')
        if self.handle:
            self.handle.update(bar)
        else:
            self.handle = display(bar, display_id=True)

    def close(self):
        if self.handle:
            from IPython.display import HTML

            self.handle.update(HTML(""))
