/* Files in memory (memfd_create(2)). Linux 6.3 and later want to know of each whether a program may be executed from it, and may be
 * set to forbid it where nobody says (vm.memfd_noexec); older kernels do not know the question. */
#ifndef AVO_DAEMON_MEMORY_FILE_H
#define AVO_DAEMON_MEMORY_FILE_H

#include "base/compiler.h"

enum avo_memory_use {
    AVO_MEMORY_DATA,    /* never executed, and sealed against becoming so where the kernel can */
    AVO_MEMORY_PROGRAM, /* executed */
};

/* A new, empty one, closed at exec, which may be sealed (F_ADD_SEALS). `name` is shown in /proc. -1: errno says why; EACCES: the
 * system forbids programs in memory. */
AVO_MUST_USE int avo_memory_file(const char *name, enum avo_memory_use use);

#endif
