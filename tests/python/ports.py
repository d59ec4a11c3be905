"""Ports of this machine."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        return int(tried.getsockname()[1])
