"""The lab: a labelled recording of ten classes of traffic, made anew by anyone with root.

    python3 -m testbed --seed 7 --out recordings/seven

In: a seed. Out: captures, `labels.csv`, labels packet by packet and flow by flow, `scenario.json`,
`executed.jsonl`, `isolation.txt`, `checks.json` and a datasheet. Virtual hosts in private
namespaces speak real protocols with real servers; attacks are Debian's own tools with fixed targets
inside the lab. The standard library and Debian's packages only: nothing here imports `pclip`, and
`pclip` imports nothing from here.

    hosts      who there is: addresses, network stacks, services
    attacks    what can be done to whom, tool by tool, with bounds
    benign     what the same hosts do all day
    scenario   one draw of all that from a seed, as data
    isolation  what has to hold before the first service
    lab        namespaces, links, the router
    lists      what attack tools read: names, passwords, queries
    services   the servers, their accounts and keys, in private mounts
    conductor  runs a scenario and notes what was run when
    recorder   tcpdump on the bridges
    labels     labels.csv from what was run
    stored     its files, as written or compressed
    labelled   each packet and its row of labels.csv
    tables     labels packet by packet and flow by flow
    nature     what packets of a class look like
    checks     what has to hold of a recording
    datasheet  who recorded what, how much, and what it is not
    finish     checks, tables and datasheet of a recording, at its end or anew
    private    mounts of its own for what is written; the machine's files are read-only
    accounts   the lab's people, and none of the machine's
"""
