"""The program to be checked is no test module."""

collect_ignore = ["consumer.py"]
