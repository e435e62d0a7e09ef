/* jansson keeps no positions, so the line of a key is found by walking the text again. Only ever used on text that parsed. */
#include "attest/policy/reader.h"
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

struct scan {
    struct avo_slice text;
    size_t at;
    uint32_t line;
    char path[AVO_POLICY_PATH_BYTES];
    size_t path_length[DEPTH_MAX]; /* of the container at each depth */
    int index[DEPTH_MAX];          /* of the current item; -1 in an object */
    int depth;                     /* -1 outside */
    bool key_next, item_next;
};

static void set_path(struct scan *scan, const char *tail) {
    size_t from = scan->path_length[scan->depth];
    (void)snprintf(scan->path + from, sizeof scan->path - from, "%s", tail);
}

static void open_container(struct scan *scan, bool list) {
    if (scan->depth + 1 >= DEPTH_MAX) {
        scan->at = scan->text.length; /* deeper than any policy: give up */
        return;
    }
    scan->depth++;
    scan->path_length[scan->depth] = strlen(scan->path);
    scan->index[scan->depth] = list ? 0 : -1;
    scan->key_next = !list;
    scan->item_next = list;
}

static void close_container(struct scan *scan) {
    if (scan->depth >= 0) {
        scan->path[scan->path_length[scan->depth]] = '\0';
        scan->depth--;
    }
    scan->item_next = scan->key_next = false;
}

static void next_item(struct scan *scan) {
    bool list = scan->depth >= 0 && scan->index[scan->depth] >= 0;
    if (list) {
        scan->index[scan->depth]++;
    }
    scan->item_next = list;
    scan->key_next = scan->depth >= 0 && !list;
}

/* The string at the cursor, without its quotes, escapes as they stand. */
static struct avo_slice take_string(struct scan *scan) {
    size_t from = ++scan->at;
    while (scan->at < scan->text.length && scan->text.data[scan->at] != '"') {
        scan->at += scan->text.data[scan->at] == '\\' ? 2 : 1;
    }
    size_t end = scan->at < scan->text.length ? scan->at : scan->text.length;
    return avo_slice_part(scan->text, from < end ? from : end, from < end ? end - from : 0);
}

static bool at_item(struct scan *scan, const char *path) {
    char tail[16];
    (void)snprintf(tail, sizeof tail, "[%d]", scan->index[scan->depth]);
    set_path(scan, tail);
    scan->item_next = false;
    return strcmp(scan->path, path) == 0;
}

static bool at_key(struct scan *scan, struct avo_slice key, const char *path) {
    char tail[AVO_POLICY_PATH_BYTES];
    const char *dot = scan->depth > 0 ? "." : "";
    (void)snprintf(tail, sizeof tail, "%s%.*s", dot, (int)(key.length < 100 ? key.length : 100), (const char *)key.data);
    set_path(scan, tail);
    scan->key_next = false;
    return strcmp(scan->path, path) == 0;
}

static bool step(struct scan *scan, const char *path) {
    uint8_t byte = scan->text.data[scan->at];
    if (scan->item_next && strchr(" \t\r\n]", byte) == NULL && at_item(scan, path)) {
        return true;
    }
    switch (byte) {
    case '\n':
        scan->line++;
        break;
    case '{':
    case '[':
        open_container(scan, byte == '[');
        break;
    case '}':
    case ']':
        close_container(scan);
        break;
    case ',':
        next_item(scan);
        break;
    case '"': {
        bool key = scan->key_next;
        struct avo_slice string = take_string(scan);
        return key && at_key(scan, string, path);
    }
    default:
        break;
    }
    return false;
}

uint32_t avo_json_line_of(struct avo_slice text, const char *path) {
    struct scan scan = {.text = text, .line = 1, .depth = -1};
    for (; scan.at < text.length; scan.at++) {
        if (step(&scan, path)) {
            return scan.line;
        }
    }
    return path[0] == '\0' ? 1 : 0;
}
