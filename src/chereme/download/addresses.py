"""Which addresses may be connected to: public ones, and the private networks that were named.

A URL of a dataset, and more so what it redirects to, is other people's: it must not reach into the network that the
run happens to be in. A name is resolved once and the address that was looked at is the one connected to, so that a
name which answers differently a moment later (DNS rebinding) gains nothing.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from chereme.download.reasons import Failure
from chereme.errors import SettingsError

Address = IPv4Address | IPv6Address

_TRANSLATED = ip_network("64:ff9b::/96")
"""IPv4 addresses as IPv6-only networks write them (NAT64, RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Resolves names to addresses that may be connected to."""

    allowed: tuple[str, ...] = ()
    """Networks that are allowed although they are not public."""

    def __post_init__(self) -> None:
        for network in self.allowed:
            try:
                ip_network(network)
            except ValueError as error:
                raise SettingsError(f"--private '{network}' is no network such as 192.168.0.0/16: {error}") from None

    def resolve(self, host: str, port: int) -> list[str]:
        """Addresses of a host, in the resolver's order, those left out that may not be connected to.

        Raises `Failure`: `private_address` when none is left, `unreachable` when the name is unknown.
        """
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Failure("unreachable", f"{host}: {error}") from None
        found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        good = [address for address in found if self._may(ip_address(address))]
        if not good:
            raise Failure("private_address", f"{host} is {', '.join(found)}; --private allows a network")
        return good

    def _may(self, address: Address) -> bool:
        address = _plain(address)
        return public(address) or any(address in ip_network(network) for network in self.allowed)


def public(address: Address) -> bool:
    """Whether an address is one of the internet at large."""
    address = _plain(address)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(address, IPv4Address):
        return address
    if inside := address.ipv4_mapped or address.sixtofour:
        return inside
    if address.teredo:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else address
