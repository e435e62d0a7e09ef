#include "attest/verify/walk.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders still to be read, in turn; each a path of its own. */
struct walk {
    char *folder[AVO_WALK_FOLDERS_MAX];
    uint32_t depth[AVO_WALK_FOLDERS_MAX];
    uint32_t count, next;
};

static enum avo_error queue(struct walk *walk, const char *path, uint32_t depth, struct avo_reason *reason) {
    if (depth > AVO_WALK_DEPTH_MAX || walk->count == AVO_WALK_FOLDERS_MAX) {
        return avo_reason_set(reason, AVO_EFULL, "%s: too deep, or too many folders; give the folder that holds the collateral",
                              path);
    }
    walk->folder[walk->count] = strdup(path);
    if (walk->folder[walk->count] == NULL) {
        return avo_reason_set(reason, AVO_EFULL, "%s: out of memory", path);
    }
    walk->depth[walk->count++] = depth;
    return AVO_OK;
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static enum avo_error visit_entry(struct walk *walk, const char *name,
                                  enum avo_error (*visit)(void *, const struct avo_walk_file *, struct avo_reason *), void *context,
                                  struct avo_reason *reason) {
    char path[AVO_WALK_PATH_BYTES];
    struct stat info;
    uint32_t group = walk->next - 1;
    int length = snprintf(path, sizeof path, "%s/%s", walk->folder[group], name);
    if (length < 0 || (size_t)length >= sizeof path) {
        return avo_reason_set(reason, AVO_EIO, "%s/%s: a path of more than %d bytes", walk->folder[group], name,
                              AVO_WALK_PATH_BYTES - 1);
    }
    if (stat(path, &info) != 0) {
        return AVO_OK; /* removed meanwhile, or a link to nothing */
    }
    if (S_ISDIR(info.st_mode)) {
        return queue(walk, path, walk->depth[group] + 1, reason);
    }
    const struct avo_walk_file file = {path, path + strlen(walk->folder[group]) + 1, group, &info};
    return S_ISREG(info.st_mode) ? visit(context, &file, reason) : AVO_OK;
}

static enum avo_error visit_folder(struct walk *walk,
                                   enum avo_error (*visit)(void *, const struct avo_walk_file *, struct avo_reason *),
                                   void *context, struct avo_reason *reason) {
    struct dirent **entries = NULL;
    const char *folder = walk->folder[walk->next++];
    enum avo_error error = AVO_OK;
    int count = scandir(folder, &entries, is_shown, alphasort);
    if (count < 0) {
        return avo_reason_set(reason, AVO_EIO, "%s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (error == AVO_OK) {
            error = visit_entry(walk, entries[i]->d_name, visit, context, reason);
        }
        free(entries[i]);
    }
    free(entries);
    return error;
}

enum avo_error avo_walk(const char *folder, enum avo_error (*visit)(void *, const struct avo_walk_file *, struct avo_reason *),
                        void *context, struct avo_reason *reason) {
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        return avo_reason_set(reason, AVO_EFULL, "%s: out of memory", folder);
    }
    enum avo_error error = queue(walk, folder, 0, reason);
    while (error == AVO_OK && walk->next < walk->count) {
        error = visit_folder(walk, visit, context, reason);
    }
    for (uint32_t i = 0; i < walk->count; i++) {
        free(walk->folder[i]);
    }
    free(walk);
    return error;
}
