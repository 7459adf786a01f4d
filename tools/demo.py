#!/usr/bin/env python3
"""Two accounts talk to each other; every step is printed with what went over the wire.

Against a running server (`make run`), with nothing but Python's standard library:
alice and bob register, their codes are read from the mail catcher, they verify and
sign in; alice opens a conversation and writes while bob is away; bob connects, receives
what he missed, acknowledges it, and answers while alice listens.

    tools/demo.py [--url https://127.0.0.1:8443/api/v1] [--mail http://127.0.0.1:1080] [--ca CERT]
"""

import argparse
import base64
import http.client
import json
import os
import re
import secrets
import socket
import ssl
import struct
import sys
import time
import urllib.parse
import urllib.request
import uuid

COLOR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOR else text


def step(text):
    print("\n" + paint("1;36", "== " + text))


def shown(text):
    """Tokens are secrets: only their beginning is printed."""
    return re.sub(r"(ngx[cdv]_[\w-]{4})[\w-]+", r"\1…", text)


def sent(text):
    print(paint("33", "  > ") + shown(text))


def received(text):
    print(paint("32", "  < ") + shown(text))


class Api:
    """HTTP, one request a connection."""

    def __init__(self, url, context):
        parts = urllib.parse.urlsplit(url)
        self.tls, self.host, self.base = parts.scheme == "https", parts.netloc, parts.path
        self.context, self.token = context, None

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection(self.host, timeout=15, context=self.context)
        return http.client.HTTPConnection(self.host, timeout=15)

    def call(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        line = ""
        if isinstance(body, dict):
            hidden = {k: "…" if k == "password" else v for k, v in body.items()}
            line = " " + json.dumps(hidden)
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        elif body is not None:
            line = f" ({len(body)} bytes)"
        sent(f"{method} {self.base}{path}{line}")
        connection = self.connect()
        connection.request(method, self.base + path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        text = data.decode() if "json" in (answer.getheader("Content-Type") or "") else f"({len(data)} bytes)"
        received(f"{answer.status} {text}")
        if answer.status >= 400:
            sys.exit(f"the server refused: {answer.status}")
        return json.loads(data) if text.startswith(("{", "[")) else data


class Socket:
    """A WebSocket client (RFC 6455), as small as the demo needs it."""

    def __init__(self, api):
        host, _, port = api.host.partition(":")
        raw = socket.create_connection((host, int(port or (443 if api.tls else 80))), 15)
        self.stream = api.context.wrap_socket(raw, server_hostname=host) if api.tls else raw
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        sent(f"GET {api.base}/socket (Upgrade: websocket)")
        self.stream.sendall((
            f"GET {api.base}/socket HTTP/1.1\r\nHost: {api.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {api.token}\r\n\r\n").encode())
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.fill()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        received(head.split(b"\r\n")[0].decode())
        if b" 101 " not in head:
            sys.exit("no socket: " + head.decode())

    def fill(self):
        more = self.stream.recv(65536)
        if not more:
            sys.exit("the connection ended")
        self.data += more

    def take(self, n):
        while len(self.data) < n:
            self.fill()
        part, self.data = self.data[:n], self.data[n:]
        return part

    def send(self, opcode, payload):
        mask = secrets.token_bytes(4)
        n = len(payload)
        length = (bytes([0x80 | n]) if n < 126 else
                  bytes([0x80 | 126]) + struct.pack(">H", n) if n < 65536 else
                  bytes([0x80 | 127]) + struct.pack(">Q", n))
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.stream.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def ask(self, frame, payload=None):
        if payload is None:
            sent("text   " + json.dumps(frame))
            self.send(1, json.dumps(frame).encode())
        else:
            header = json.dumps({**frame, "size": len(payload)}).encode()
            sent(f"binary {header.decode()} + {payload!r}")
            self.send(2, struct.pack(">I", len(header)) + header + payload)

    def next(self):
        """The next frame of the API: (header, payload)."""
        while True:
            first, second = self.take(2)
            n = second & 127
            if n == 126:
                n, = struct.unpack(">H", self.take(2))
            elif n == 127:
                n, = struct.unpack(">Q", self.take(8))
            payload = self.take(n)
            opcode = first & 15
            if opcode == 9:
                self.send(10, payload)
            elif opcode == 1:
                received("text   " + payload.decode())
                return json.loads(payload), b""
            elif opcode == 2:
                size, = struct.unpack(">I", payload[:4])
                received(f"binary {payload[4:4 + size].decode()} + {payload[4 + size:]!r}")
                return json.loads(payload[4:4 + size]), payload[4 + size:]
            elif opcode == 8:
                sys.exit(f"closed: {payload!r}")

    def until(self, wanted):
        while True:
            header, payload = self.next()
            if header.get("event") == wanted or header.get("re") == wanted:
                return header, payload

    def close(self):
        self.send(8, struct.pack(">H", 1000))
        self.stream.close()


def code_from_mail(mail, address):
    """The code in the newest mail to the address, as a person would read it."""
    deadline = time.time() + 20
    while time.time() < deadline:
        with urllib.request.urlopen(mail + "/email", timeout=5) as answer:
            mails = json.load(answer)
        for one in reversed(mails):
            to = [t.get("address") for t in one.get("to", [])]
            found = re.search(r"\b(\d{8})\b", one.get("text") or "")
            if address in to and found:
                received(f"mail to {address}: “{one['subject']}”, code {found.group(1)}")
                return found.group(1)
        time.sleep(0.2)
    sys.exit(f"no mail to {address} within 20 s")


def person(api_url, context, mail, name):
    api = Api(api_url, context)
    username = f"{name}-{secrets.token_hex(3)}"
    password = " ".join(secrets.token_hex(3) for _ in range(4))
    email = f"{username}@example.org"

    step(f"{name} registers, reads the mail and verifies")
    made = api.call("POST", "/accounts", {
        "username": username, "email": email, "password": password,
        "device_name": f"{name}'s laptop", "device_platform": "demo"})
    api.token = made["token"]
    code = code_from_mail(mail, email)
    api.call("POST", f"/verifications/{made['verification']['id']}/confirm", {"code": code})

    step(f"{name} signs in")
    api.token = None
    signed = api.call("POST", "/sessions", {
        "login": username, "password": password,
        "session": made["session"]["id"], "device_secret": made["device_secret"],
        "device_name": f"{name}'s laptop", "device_platform": "demo"})
    api.token = signed["token"]
    return api, username


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", default=os.environ.get("CHAT_URL", "https://127.0.0.1:8443/api/v1"))
    parser.add_argument("--mail", default=os.environ.get("MAIL_URL", "http://127.0.0.1:1080"))
    parser.add_argument("--ca", default=os.environ.get("CHAT_CA"))
    args = parser.parse_args()

    context = ssl.create_default_context(cafile=args.ca)
    start = time.time()

    step("what the server is")
    Api(args.url, context).call("GET", "/server")

    alice, _ = person(args.url, context, args.mail, "alice")
    bob, bobs_name = person(args.url, context, args.mail, "bob")

    step("alice finds bob and opens a conversation")
    peer = alice.call("GET", "/accounts?" + urllib.parse.urlencode({"username": bobs_name}))
    conversation = alice.call("PUT", f"/conversations/direct/{peer['id']}", {})["id"]

    step("alice writes while bob is away")
    listening = Socket(alice)
    hello, _ = listening.until("hello")
    listening.ask({"id": 1, "op": "resume", "log_epoch": hello["log_epoch"], "cursors": {}})
    listening.until(1)
    listening.until("drained")
    for n, text in enumerate((b"hello bob", b"are you there?", b"call me")):
        listening.ask({"id": f"m{n}", "op": "entry_send", "conversation": conversation,
                       "client_id": str(uuid.uuid4())}, text)
        listening.until(f"m{n}")

    step("bob connects and receives what he missed")
    reading = Socket(bob)
    hello, _ = reading.until("hello")
    reading.ask({"id": 1, "op": "resume", "log_epoch": hello["log_epoch"], "cursors": {}})
    reading.until(1)
    got, cursors = [], {}
    while True:
        header, payload = reading.next()
        if header.get("event") == "drained":
            break
        if header.get("event") == "entry":
            cursors[header["conversation"]] = header["seq"]
            if header["kind"] == "message":
                got.append(payload)
    assert got == [b"hello bob", b"are you there?", b"call me"], got
    reading.ask({"id": 2, "op": "ack", "cursors": cursors})
    reading.until(2)

    step("bob answers; alice hears it at once")
    reading.ask({"id": 3, "op": "entry_send", "conversation": conversation,
                 "client_id": str(uuid.uuid4())}, b"here I am")
    reading.until(3)
    while True:
        header, payload = listening.until("entry")
        if payload == b"here I am":
            break

    step("alice's list of conversations")
    alice.call("GET", "/conversations")
    listening.close()
    reading.close()
    print("\n" + paint("1;32", f"all of it worked, in {time.time() - start:.1f} s"))


if __name__ == "__main__":
    main()
