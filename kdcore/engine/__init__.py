"""The lab's own process: takes wishes, trains on Dask, and is the only one to write the store.

    page  --client-->  server  ->  lab (queue, attempts)  ->  cluster  ->  worker: for row in fit(experiment)
      ^                             |                                         |
      +---------- store  <----------+-------------------  rows  <-------------+

A sweep is many tasks for many workers, and one job for the lab: see `parts`.
`keeper` runs in the page's server and keeps this process alive. Start it by hand with `python -m kdcore.engine`.
"""
