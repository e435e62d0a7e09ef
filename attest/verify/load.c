#include "attest/verify/load.h"
#include "attest/verify/classify.h"
#include "attest/verify/walk.h"
#include <stdlib.h>
#include <string.h>

/* A folder is taken file by file; what has a known name gathers in one set a folder. */
struct loading {
    struct avo_pool *pool;
    struct avo_collateral_owned named;
    uint32_t group; /* of `named` */
};

static bool holds(const struct avo_collateral_owned *owned) {
    return owned->block_count > 0;
}

/* NULL for a name that is none of the known ones, or whose place is taken (vek.der and vek.pem). */
static struct avo_slice *place_of(const char *name, struct avo_collateral *view) {
    struct {
        const char *name;
        struct avo_slice *slice;
    } const pieces[] = {{"tcb.json", &view->tcb_info},     {"qe.json", &view->qe_identity}, {"chain.pem", &view->tcb_chain},
                        {"root_crl.der", &view->root_crl}, {"pck_crl.der", &view->pck_crl}, {"pck_chain.pem", &view->pck_chain},
                        {"vek.der", &view->vek},           {"vek.pem", &view->vek},         {"crl.der", &view->amd_crl}};
    for (size_t i = 0; i < AVO_COUNT(pieces); i++) {
        if (strcmp(name, pieces[i].name) == 0) {
            return pieces[i].slice->length == 0 ? pieces[i].slice : NULL;
        }
    }
    return NULL;
}

static enum avo_error finish_folder(struct loading *loading, struct avo_reason *reason) {
    loading->named.view.vek_chain = loading->named.view.tcb_chain; /* one name for both vendors */
    return holds(&loading->named) ? avo_pool_add(loading->pool, &loading->named, loading->group, reason) : AVO_OK;
}

/* A file of a name of its own: what it is, its bytes say. It becomes a set. */
static enum avo_error take_unnamed(struct loading *loading, struct avo_buffer *bytes, uint32_t group, struct avo_reason *reason) {
    struct avo_collateral_owned owned = {.block_count = 0};
    struct avo_slice *place = avo_collateral_classify(avo_buffer_slice(bytes), &owned.view);
    if (place != NULL) {
        *place = avo_collateral_keep(&owned, bytes->data, bytes->length);
        return avo_pool_add(loading->pool, &owned, group, reason);
    }
    enum avo_error error = avo_pool_add_bundles(loading->pool, avo_buffer_slice(bytes), group, true, reason);
    free(bytes->data);
    return error;
}

static enum avo_error take_file(void *context, const struct avo_walk_file *file, struct avo_reason *reason) {
    struct loading *loading = context;
    struct avo_buffer bytes;
    if (file->group != loading->group) {
        enum avo_error error = finish_folder(loading, reason);
        if (error != AVO_OK) {
            return error;
        }
        loading->group = file->group;
    }
    struct avo_slice *place = place_of(file->name, &loading->named.view);
    if (place == NULL && file->info->st_size > AVO_FILE_BYTES_MAX) {
        return AVO_OK; /* larger than any collateral */
    }
    enum avo_error error = avo_file_read_hex(file->path, &bytes, reason);
    if (error != AVO_OK) {
        free(bytes.data);
        return place == NULL && error == AVO_EFORMAT ? AVO_OK : error;
    }
    if (place == NULL) {
        return take_unnamed(loading, &bytes, file->group, reason);
    }
    *place = avo_collateral_keep(&loading->named, bytes.data, bytes.length);
    return AVO_OK;
}

static enum avo_error load_folder(const char *path, struct avo_pool *pool, struct avo_reason *reason) {
    struct loading loading = {.pool = pool};
    enum avo_error error = avo_walk(path, take_file, &loading, reason);
    error = error != AVO_OK ? error : finish_folder(&loading, reason);
    avo_collateral_free(&loading.named);
    if (error == AVO_OK && pool->count == 0) {
        error =
            avo_reason_set(reason, AVO_EIO,
                           "%s: holds none of tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der, vek.der, and nothing else "
                           "that is collateral",
                           path);
    }
    return error;
}

enum avo_error avo_pool_load(const char *path, struct avo_pool *pool, struct avo_reason *reason) {
    struct stat info;
    struct avo_buffer text;
    enum avo_error error;
    *pool = (struct avo_pool){.count = 0};
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        error = load_folder(path, pool, reason);
    } else {
        error = avo_file_read(path, &text, reason);
        error = error != AVO_OK ? error : avo_pool_add_bundles(pool, avo_buffer_slice(&text), 0, false, reason);
        free(text.data);
    }
    if (error != AVO_OK) {
        avo_pool_free(pool);
    } else {
        avo_pool_prune(pool);
    }
    return error;
}

static void mix(uint64_t *stamp, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++) {
        *stamp = (*stamp ^ at[i]) * UINT64_C(0x100000001B3); /* FNV-1a: nobody gains by a collision */
    }
}

static void mix_info(uint64_t *stamp, const struct stat *info) {
    const int64_t parts[] = {info->st_size, info->st_mtim.tv_sec, info->st_mtim.tv_nsec, (int64_t)info->st_ino};
    mix(stamp, parts, sizeof parts);
}

static enum avo_error mix_file(void *context, const struct avo_walk_file *file, struct avo_reason *reason) {
    (void)reason;
    mix(context, file->path, strlen(file->path));
    mix_info(context, file->info);
    return AVO_OK;
}

uint64_t avo_pool_stamp(const char *path) {
    uint64_t stamp = UINT64_C(0xCBF29CE484222325);
    struct stat info;
    struct avo_reason ignored;
    if (stat(path, &info) != 0) {
        return 0;
    }
    if (!S_ISDIR(info.st_mode)) {
        mix_info(&stamp, &info);
        return stamp | 1;
    }
    return avo_walk(path, mix_file, &stamp, &ignored) == AVO_OK ? stamp | 1 : 0;
}
