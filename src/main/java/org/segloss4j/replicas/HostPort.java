package org.segloss4j.replicas;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/** An address as people write it: {@code node1:4000}, {@code 10.0.0.1:4000}, {@code [fe80::1]:4000}. */
record HostPort(String host, int port) {

    static List<HostPort> parseAll(List<String> addresses) {
        List<HostPort> all = addresses.stream().map(HostPort::parse).toList();
        for (int rank = 1; rank < all.size(); rank++) {
            int first = all.indexOf(all.get(rank));
            if (first < rank) {
                throw new IllegalArgumentException("replicas " + first + " and " + rank + " have the same address "
                        + all.get(rank) + ": each needs one of its own");
            }
        }
        return all;
    }

    static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("\"" + text + "\" is no address of the form host:port");
        }
        String host = text.substring(0, colon).strip();
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw new IllegalArgumentException("\"" + text
                    + "\": an IPv6 address stands in brackets, as in [::1]:4000");
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("\"" + text + "\" names no host");
        }
        return new HostPort(host, port(text, text.substring(colon + 1).strip()));
    }

    private static int port(String text, String digits) {
        int port;
        try {
            port = Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\": \"" + digits + "\" is no port", e);
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("\"" + text + "\": a port is at most 65535");
        }
        return port;
    }

    /** Asks for the address anew each time: a cluster's names may come to exist while one waits. */
    InetSocketAddress resolve() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
