"""What a cube of 10 TB costs on many workers, by discrete events: `python benches/scale.py` prints the table of docs/scale.md.

A scheduler serves one message at a time; workers take the next group of tasks when they are free; a store answers so many requests a
second under one prefix. The constants are those of the text there; the overhead of a task is measured (`rastra job work` on empty
tasks).
"""

import heapq
import random

CHUNK = 8 << 20
CHUNKS = 10 * 10**12 // CHUNK
CHUNKS_A_TASK = 11
SCHEDULER = 1e-3  # seconds a group
TASK = 0.001  # seconds beside its work
RATE = 100e6  # bytes a second, decoded and computed by one process
READS, WRITES = 5500, 3500  # requests a second under one prefix


def run(workers, groups, prefixes, shard=1, lost=0):
    """Seconds for all, and the share of them in which workers compute. Each of `lost` workers takes a group with it, which is
    missed after 5 s and computed again."""
    random.seed(1)
    tasks = CHUNKS / CHUNKS_A_TASK
    chunks = CHUNKS / groups
    free = [0.0] * workers
    queue = list(range(groups))
    doomed = set(random.sample(queue, lost))
    scheduler = reads = writes = end = busy = 0.0
    for group in queue:
        start = scheduler = max(scheduler, heapq.heappop(free)) + SCHEDULER
        work = chunks * CHUNK / RATE * random.uniform(0.8, 1.25) + tasks / groups * TASK
        done = start + work
        if prefixes:
            reads = max(reads, start) + chunks / (READS * prefixes)
            writes = max(writes, start) + chunks / shard / (WRITES * prefixes)
            done = max(done, reads, writes)
        if group in doomed:
            doomed.discard(group)
            queue.append(group)
            done = start + work / 2 + 5
        busy += work
        end = max(end, done)
        heapq.heappush(free, done)
    return end, min(1.0, busy / workers / end)


ROWS = [
    ("1,000 workers, a store without limits", dict(workers=1000, groups=16000, prefixes=0)),
    ("the same in 2,000 groups", dict(workers=1000, groups=2000, prefixes=0)),
    ("the same in 110,000 groups, a task each", dict(workers=1000, groups=110000, prefixes=0)),
    ("the same, 50 workers lost on the way", dict(workers=1000, groups=16000, prefixes=0, lost=50)),
    ("1,000 workers, one prefix", dict(workers=1000, groups=16000, prefixes=1)),
    ("the same, shards of 64 MiB", dict(workers=1000, groups=16000, prefixes=1, shard=8)),
    ("the same, four prefixes", dict(workers=1000, groups=16000, prefixes=4, shard=8)),
    ("250 workers, one prefix", dict(workers=250, groups=4000, prefixes=1)),
]

if __name__ == "__main__":
    print("| run | takes | workers compute |\n|---|---|---|")
    for name, arguments in ROWS:
        seconds, share = run(**arguments)
        print(f"| {name} | {seconds:.0f} s | {share:.0%} |")
