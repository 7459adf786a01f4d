# `make help` lists what there is. The work is done by the scripts in tools/.

SHELL   = /bin/bash
BUILD   = $(CURDIR)/build
DESTDIR =
PREFIX  = /usr
export BUILD

# make run's ports, kept until the next change: make run HTTPS_PORT=9443
# MAIL_PORT=9080 SMTP_PORT=9025 (8443, 1080 and 1025 at first)
export HTTPS_PORT MAIL_PORT SMTP_PORT

.PHONY: all help deps module chatctl web build-asan install run stop clean demo \
        check test test-long coverage bench bench-quick bench-peers

all: module chatctl  ## build the module and chatctl (the default)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

deps:  ## install what is missing: Debian packages and the mail catcher
	@tools/deps

module:
	@tools/build

chatctl:
	@$(MAKE) -s -C ctl BUILD=$(BUILD) PREFIX=$(PREFIX)

web:  ## build the web client, into web/app/dist
	@tools/web

build-asan: chatctl  ## build the module and chatctl with sanitizers, into build/asan
	@tools/build asan
	@$(MAKE) -s -C ctl BUILD=$(BUILD) PREFIX=$(PREFIX) FLAVOUR=asan

install: all web  ## put module, SQL, chatctl and examples where Debian has them
	@tools/install $(DESTDIR) $(PREFIX)

run: deps all web  ## start PostgreSQL, a mail catcher and nginx; print the addresses
	@tools/run

stop:  ## stop what `make run` started
	@tools/stop

clean: stop  ## remove what was built, and the data of `make run`
	@tools/clean

demo: run  ## two accounts talk to each other, every step shown
	@tools/demo

check:  ## the checks that need no build: rooms, style, documentation
	@tools/check

test: deps all web build-asan  ## all suites, each in a sandbox of its own
	@tools/test

test-long: deps all web build-asan  ## what takes longer: soak, outages, fuzzing, valgrind
	@tools/test long

coverage: deps all  ## the share of src/ that the suites reach
	@tools/build coverage
	@tools/coverage

bench: deps all  ## the figures of the server, into bench/results (half an hour)
	@bench/run

bench-quick: deps all  ## the same in minutes, one short run each; kept in build/
	@bench/run --quick

bench-peers: deps all  ## the same traffic through ejabberd and Nchan, beside ours
	@tools/deps bench/peers/packages.txt
	@bench/run --peers
