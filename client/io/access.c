#include "client/io/access.h"
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel follows */
#define ENTRY_BYTES 4096

/* The path so far, which has no link in it, and what is left of the way. */
struct walk {
    char done[PATH_MAX];
    char left[PATH_MAX];
    unsigned links;
    struct avo_access *access;
};

static bool is_ours(uid_t owner) {
    return owner == geteuid() || owner == 0 || geteuid() == 0;
}

/* The files are read here, not asked for by getpwuid: that loads libraries into the caller's program. */
static bool owner_find(uid_t owner, gid_t group, char *name, size_t name_bytes) {
    char memory[ENTRY_BYTES];
    struct passwd entry, *found = NULL;
    FILE *file = fopen("/etc/passwd", "re");
    bool same = false;
    while (file != NULL && !same && fgetpwent_r(file, &entry, memory, sizeof memory, &found) == 0) {
        same = entry.pw_uid == owner && entry.pw_gid == group;
        (void)snprintf(name, name_bytes, "%s", same ? entry.pw_name : "");
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return same;
}

static bool members_are(char *const *members, const char *name) {
    while (*members != NULL && strcmp(*members, name) == 0) {
        members++;
    }
    return *members == NULL;
}

/* Users of Debian and others have a group of their own, and folders that it may write to. */
static bool group_is_owners(uid_t owner, gid_t group) {
    char memory[ENTRY_BYTES];
    char name[256];
    struct group entry, *found = NULL;
    bool alone = false;
    FILE *file = owner_find(owner, group, name, sizeof name) ? fopen("/etc/group", "re") : NULL;
    while (file != NULL && !alone && fgetgrent_r(file, &entry, memory, sizeof memory, &found) == 0) {
        alone = entry.gr_gid == group && strcmp(entry.gr_name, name) == 0 && members_are(entry.gr_mem, name);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return alone;
}

static void blame(struct avo_access *access, const char *what, const char *path, const char *who) {
    if (access->others_write[0] == '\0') {
        size_t length = strlen(path);
        size_t shown = length > 100 ? length - 100 : 0; /* its end tells it from others */
        (void)snprintf(access->others_write, sizeof access->others_write, "%s %s%s %s", what, shown > 0 ? "..." : "", path + shown,
                       who);
    }
}

/* An access control list (acl(5)) that grants more than the mode: the mode then shows its mask where else the group's rights stand,
 * and the kernel keeps no list that says the same as a mode. */
static bool has_list(const char *path) {
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static void writers_look(struct avo_access *access, const struct stat *info, const char *what, const char *path) {
    if (!is_ours(info->st_uid)) {
        blame(access, what, path, "belongs to another user");
    } else if ((info->st_mode & S_IWOTH) != 0) {
        blame(access, what, path, "can be changed by everybody");
    } else if ((info->st_mode & S_IWGRP) != 0 && has_list(path)) {
        blame(access, what, path, "can be changed by those in its access control list");
    } else if ((info->st_mode & S_IWGRP) != 0 && !group_is_owners(info->st_uid, info->st_gid)) {
        blame(access, what, path, "can be changed by its group");
    }
}

static void folder_look(struct avo_access *access, const struct stat *info, const char *path) {
    if ((info->st_mode & S_ISVTX) == 0 || !is_ours(info->st_uid)) { /* else what is ours in it stays ours */
        writers_look(access, info, "folder", path);
    }
}

static bool join(char to[PATH_MAX], const char *first, const char *second) {
    char whole[PATH_MAX];
    if (snprintf(whole, sizeof whole, "%s/%s", first, second) >= (int)sizeof whole) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(to, whole, sizeof whole);
    return true;
}

static void strip_last(char *path) {
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

/* The link at walk->done is followed: what it says comes before what is left of the way. */
static bool link_follow(struct walk *walk, const struct stat *info) {
    char target[PATH_MAX];
    ssize_t length = readlink(walk->done, target, sizeof target - 1);
    if (length < 0 || ++walk->links > LINKS_MAX) {
        errno = length < 0 ? errno : ELOOP;
        return false;
    }
    target[length] = '\0';
    if (!is_ours(info->st_uid)) {
        blame(walk->access, "link", walk->done, "belongs to another user");
    }
    if (target[0] == '/') {
        walk->done[0] = '\0';
    } else {
        strip_last(walk->done);
    }
    return join(walk->left, target, walk->left);
}

/* A link of the kernel's to an open file: nobody puts another there, and it may have no path. */
static bool is_kernels(const char *path) {
    struct statfs system;
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    strip_last(folder);
    return statfs(folder, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* One part of the way. False: errno says why; *ended: it led to the file. */
static bool step(struct walk *walk, bool *ended) {
    struct stat info;
    char *part = walk->left + strspn(walk->left, "/");
    size_t length = strcspn(part, "/");
    char rest[PATH_MAX];
    *ended = length == 0;
    (void)snprintf(rest, sizeof rest, "%s", part + length);
    part[length] = '\0';
    if (strcmp(part, "..") == 0) {
        strip_last(walk->done);
    } else if (length > 0 && strcmp(part, ".") != 0 && !join(walk->done, walk->done, part)) {
        return false;
    }
    memcpy(walk->left, rest, sizeof rest);
    if (lstat(walk->done[0] == '\0' ? "/" : walk->done, &info) != 0) {
        return false;
    }
    if (S_ISDIR(info.st_mode)) {
        folder_look(walk->access, &info, walk->done[0] == '\0' ? "/" : walk->done);
    } else if (S_ISLNK(info.st_mode)) {
        *ended = is_kernels(walk->done);
        return *ended || link_follow(walk, &info);
    } else {
        *ended = true;
    }
    return true;
}

static bool way_look(const char *path, struct avo_access *access) {
    struct walk walk = {.access = access};
    bool ended = false;
    if (path[0] != '/' && getcwd(walk.done, sizeof walk.done) == NULL) {
        return false;
    }
    if (snprintf(walk.left, sizeof walk.left, "%s%s%s", walk.done, path[0] == '/' ? "" : "/", path) >= (int)sizeof walk.left) {
        errno = ENAMETOOLONG;
        return false;
    }
    walk.done[0] = '\0';
    while (!ended) {
        if (!step(&walk, &ended)) {
            return false;
        }
    }
    return true;
}

enum avo_error avo_access_look(int fd, const char *path, struct avo_access *access) {
    struct stat info;
    *access = (struct avo_access){0};
    if (fstat(fd, &info) != 0) {
        return AVO_EIO;
    }
    access->others_read = (info.st_mode & (S_IRGRP | S_IROTH)) != 0;
    writers_look(access, &info, "file", path);
    bool looked = !S_ISREG(info.st_mode) || way_look(path, access); /* a pipe is not looked up by a path */
    return looked ? AVO_OK : AVO_EIO;
}
