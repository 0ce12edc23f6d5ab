"""What the commands do: `doing.task` is behind `caf-gateway task`, and so on, file by file.

The files above declare commands, options and what is printed; these open a gateway and return
values, or raise. They are imported when a command runs, not when `--help` is asked for.
"""
