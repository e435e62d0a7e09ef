/* Whose memory is scarcest, in a folder that looks like /proc and /sys. */
#include "base/testing.h"
#include "daemon/free_memory.h"
#include <ftw.h>
#include <sys/stat.h>

#define MIB (1ULL << 20)

static char root[64];

static int setup(void **state) {
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/avocado-free-memory-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int teardown(void **state) {
    (void)state;
    return nftw(root, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file and the folders above it. */
static void given(const char *path, const char *text) {
    char full[256];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct avo_free_memory read_it(void) {
    struct avo_free_memory memory;
    avo_free_memory_read(root, &memory);
    return memory;
}

static void the_machine_alone(void **state) {
    (void)state;
    assert_int_equal(read_it().bytes, 0);
    given("/proc/meminfo", "MemTotal:       9000000 kB\nMemFree:  100 kB\nMemAvailable:   2048 kB\n");
    given("/proc/self/cgroup", "0::/\n");
    struct avo_free_memory memory = read_it();
    assert_int_equal(memory.bytes, 2 * MIB);
    assert_string_equal(memory.whose, "the machine");
}

static void the_groups_around_it_count_too(void **state) {
    (void)state;
    given("/proc/meminfo", "MemAvailable:   1048576 kB\n");
    given("/proc/self/cgroup", "0::/outer/inner\n");
    given("/sys/fs/cgroup/outer/inner/memory.max", "max\n");
    given("/sys/fs/cgroup/outer/inner/memory.current", "1048576\n");
    assert_int_equal(read_it().bytes, 1024 * MIB);
    given("/sys/fs/cgroup/outer/memory.max", "104857600\n"); /* 100 MiB, 40 used, 10 of it cache */
    given("/sys/fs/cgroup/outer/memory.current", "41943040\n");
    given("/sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 10485760\nactive_file 5\n");
    struct avo_free_memory memory = read_it();
    assert_int_equal(memory.bytes, 70 * MIB);
    assert_non_null(strstr(memory.whose, "/sys/fs/cgroup/outer"));
    given("/sys/fs/cgroup/outer/inner/memory.max", "2097152\n");
    assert_int_equal(read_it().bytes, MIB);
    given("/sys/fs/cgroup/outer/inner/memory.current", "9999999\n");
    assert_int_equal(read_it().bytes, 1); /* nothing, but known */
}

static void the_first_version_of_groups(void **state) {
    (void)state;
    given("/proc/meminfo", "MemAvailable:   1048576 kB\n");
    given("/proc/self/cgroup", "9:cpu,cpuacct:/a\n4:memory:/made/elsewhere\n0::/\n");
    given("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    given("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
    assert_int_equal(read_it().bytes, 1024 * MIB);
    given("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8388608\n"); /* as a container sees its own */
    given("/sys/fs/cgroup/memory/memory.usage_in_bytes", "4194304\n");
    given("/sys/fs/cgroup/memory/memory.stat", "inactive_file 77\ntotal_inactive_file 1048576\n");
    assert_int_equal(read_it().bytes, 5 * MIB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_machine_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_groups_around_it_count_too, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_version_of_groups, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
