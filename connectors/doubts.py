"""What of a network policy its author may not have meant: the guard would be open where it should be shut."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from wirewatch.model import NetworkPolicy

METADATA = (ip_address("169.254.169.254"), ip_address("fd00:ec2::254"), ip_address("100.100.100.200"))
"""Where clouds hand out credentials to whoever asks from inside."""
WIDEST = {4: 8, 6: 32}
"""The shortest prefix of a network that is one operator's, by version of IP: 10.0.0.0/8 is private as a whole."""
OTHER_SERVICES = {
    21: "FTP", 22: "SSH", 23: "Telnet", 25: "mail", 53: "DNS", 110: "mail", 111: "RPC", 135: "RPC", 139: "SMB",
    143: "mail", 389: "LDAP", 445: "SMB", 465: "mail", 587: "mail", 636: "LDAP", 993: "mail", 995: "mail",
    1433: "SQL Server", 1521: "Oracle", 2049: "NFS", 2375: "Docker", 2376: "Docker", 3306: "MySQL", 3389: "RDP",
    5432: "PostgreSQL", 5900: "VNC", 6379: "Redis", 9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
}  # fmt: skip


def network_doubts(policy: NetworkPolicy) -> Iterator[tuple[str, str]]:
    """(setting, doubt) of each."""
    for text in policy.allow:
        network = ip_network(text, strict=False)
        if network.prefixlen < WIDEST[network.version]:
            yield "allow", f"{text} opens private networks and the public one alike; name the networks you mean"
        elif opened := [str(address) for address in METADATA if address in network]:
            yield "allow", f"{text} opens {opened[0]}, where clouds hand out credentials; name a smaller network"
    for port in policy.ports:
        if service := OTHER_SERVICES.get(port):
            yield "ports", f"port {port} is for {service}, and any feed could have it asked; leave it out"
