# For those who type make: meson does the work.
#   make            builds build/
#   make check      runs every test (./test)
#   make install    installs under $(DESTDIR)$(PREFIX)
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all check install clean
all:
	tools/install-packages build
	tools/build build

check:
	./test

install: all
	tools/install-files build "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf build build-clang
