/* Files in memory, by a kernel of this day and by one that does not know the newer flags. */
#include "daemon/memory_file.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define NOEXEC_SEAL 0x0008U
#define EXEC 0x0010U
#define KERNEL_FD 77

static unsigned int known;  /* flags of the kernel */
static unsigned int wanted; /* one of these must be there, or else EACCES: vm.memfd_noexec = 2 */
static unsigned int last;

/* In place of the C library's. */
int memfd_create(const char *name, unsigned int flags) {
    (void)name;
    last = flags;
    if ((flags & ~known) != 0) {
        errno = EINVAL;
        return -1;
    }
    if (wanted != 0 && (flags & wanted) == 0) {
        errno = EACCES;
        return -1;
    }
    return KERNEL_FD;
}

static void each_says_whether_it_is_executed(void **state) {
    (void)state;
    known = MFD_CLOEXEC | MFD_ALLOW_SEALING | NOEXEC_SEAL | EXEC;
    assert_int_equal(avo_memory_file("program", AVO_MEMORY_PROGRAM), KERNEL_FD);
    assert_int_equal(last, MFD_CLOEXEC | MFD_ALLOW_SEALING | EXEC);
    assert_int_equal(avo_memory_file("region", AVO_MEMORY_DATA), KERNEL_FD);
    assert_int_equal(last, MFD_CLOEXEC | MFD_ALLOW_SEALING | NOEXEC_SEAL);
}

static void an_older_kernel_is_not_asked(void **state) {
    (void)state;
    known = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    assert_int_equal(avo_memory_file("program", AVO_MEMORY_PROGRAM), KERNEL_FD);
    assert_int_equal(last, known);
    assert_int_equal(avo_memory_file("region", AVO_MEMORY_DATA), KERNEL_FD);
    assert_int_equal(last, known);
}

static void a_system_that_forbids_programs_in_memory_says_so(void **state) {
    (void)state;
    known = MFD_CLOEXEC | MFD_ALLOW_SEALING | NOEXEC_SEAL | EXEC;
    wanted = NOEXEC_SEAL;
    assert_int_equal(avo_memory_file("program", AVO_MEMORY_PROGRAM), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(avo_memory_file("region", AVO_MEMORY_DATA), KERNEL_FD);
    wanted = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_whether_it_is_executed),
        cmocka_unit_test(an_older_kernel_is_not_asked),
        cmocka_unit_test(a_system_that_forbids_programs_in_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
