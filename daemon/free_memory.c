#include "daemon/free_memory.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNLIMITED (1ULL << 60) /* v1 says so with a number near 2^63 */

/* What the two versions call the same: under v2 a group's pages are counted with those of the groups in it, under v1 in figures of
 * their own. */
struct kind {
    const char *mount;
    const char *limit;
    const char *used;
    const char *cache;
};

static const struct kind v1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
static const struct kind v2 = {"/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"};

/* The number after `name` and blanks in a line of a file; after nothing where `name` is "". False: there is none. */
static bool number_read(const char *path, const char *name, uint64_t *number) {
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(name);
        found = strncmp(line, name, length) == 0 && sscanf(line + length, "%" SCNu64, number) == 1;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

static void scarcest_keep(struct avo_free_memory *memory, uint64_t bytes, const char *what, const char *folder) {
    if (memory->bytes == 0 || bytes < memory->bytes) {
        memory->bytes = bytes > 0 ? bytes : 1;
        (void)snprintf(memory->whose, sizeof memory->whose, "%s%s", what, folder);
    }
}

static bool group_number(const char *folder, const char *file, const char *name, uint64_t *number) {
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    return number_read(path, name, number);
}

static void group_read(const char *folder, const struct kind *kind, struct avo_free_memory *memory) {
    uint64_t limit;
    uint64_t used;
    uint64_t cache;
    if (!group_number(folder, kind->limit, "", &limit) || limit >= UNLIMITED || !group_number(folder, kind->used, "", &used)) {
        return; /* none here, or "max" */
    }
    if (group_number(folder, "memory.stat", kind->cache, &cache)) {
        used -= cache < used ? cache : used;
    }
    scarcest_keep(memory, limit > used ? limit - used : 0, "the control group ", folder);
}

/* The group's limit and those of the groups around it. A container may not see the outer ones, and sees its own as the root. */
static void groups_read(const char *root, const struct kind *kind, const char *group, struct avo_free_memory *memory) {
    char folder[PATH_MAX];
    int mount_length = snprintf(folder, sizeof folder, "%s%s", root, kind->mount);
    int length = snprintf(folder, sizeof folder, "%s%s%s", root, kind->mount, group);
    if (length < 0 || (size_t)length >= sizeof folder) {
        return;
    }
    for (char *end = folder + length; end != NULL && end >= folder + mount_length; end = strrchr(folder, '/')) {
        *end = '\0';
        group_read(folder, kind, memory);
    }
}

/* A line of /proc/self/cgroup: "0::/group" for v2, "N:controllers:/group" for v1. */
static void line_read(const char *root, char *line, struct avo_free_memory *memory) {
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL) {
        return;
    }
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (strcmp(controllers, ":") == 0) {
        groups_read(root, &v2, group, memory);
    } else if (strstr(controllers, "memory") != NULL) {
        groups_read(root, &v1, group, memory);
    }
}

void avo_free_memory_read(const char *root, struct avo_free_memory *memory) {
    char path[PATH_MAX];
    char line[PATH_MAX];
    uint64_t kib;
    *memory = (struct avo_free_memory){.bytes = 0};
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    if (number_read(path, "MemAvailable:", &kib)) {
        scarcest_keep(memory, kib * 1024, "the machine", "");
    }
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line_read(root, line, memory);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}
