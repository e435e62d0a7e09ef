# For those who type make: meson does the work.
#   make            builds build/
#   make check      runs every test (./test)
#   make install    installs under $(DESTDIR)$(PREFIX); so does `meson install`, under the prefix that the folder was configured with
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all check install clean
all:
	tools/install-packages build
	tools/build build

check:
	./test

install: all
	DESTDIR="$(DESTDIR)" MESON_INSTALL_PREFIX="$(PREFIX)" tools/install-files build

clean:
	rm -rf build build-clang
