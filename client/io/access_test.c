/* Files and folders that others can read, change or replace; run as root or not. */
#include "base/assert.h"
#include "client/io/access.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#define STRANGER 54321 /* a user and a group that nobody is */

/* top/folder/file, and top/link -> folder/file. */
struct tree {
    char top[64];
    char folder[80];
    char file[96];
    char link[80];
};

static int make(void **state) {
    struct tree *tree = calloc(1, sizeof *tree);
    (void)snprintf(tree->top, sizeof tree->top, "/tmp/avocado-access-XXXXXX");
    assert_non_null(mkdtemp(tree->top));
    (void)snprintf(tree->folder, sizeof tree->folder, "%s/folder", tree->top);
    (void)snprintf(tree->file, sizeof tree->file, "%s/file", tree->folder);
    (void)snprintf(tree->link, sizeof tree->link, "%s/link", tree->top);
    assert_int_equal(mkdir(tree->folder, 0700), 0);
    int fd = open(tree->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(symlink("folder/file", tree->link), 0);
    *state = tree;
    return 0;
}

static int unmake(void **state) {
    struct tree *tree = *state;
    (void)unlink(tree->link);
    (void)unlink(tree->file);
    (void)rmdir(tree->folder);
    assert_int_equal(rmdir(tree->top), 0);
    free(tree);
    return 0;
}

static struct avo_access look(const char *path) {
    struct avo_access access;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(avo_access_look(fd, path, &access), AVO_OK);
    (void)close(fd);
    return access;
}

static void expect(const char *path, bool others_read, const char *others_write) {
    struct avo_access access = look(path);
    assert_int_equal(access.others_read, others_read);
    if (others_write == NULL) {
        assert_string_equal(access.others_write, "");
    } else if (strstr(access.others_write, others_write) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", access.others_write, others_write);
    }
}

static void chmod_to(const char *path, mode_t mode) {
    assert_int_equal(chmod(path, mode), 0);
}

static void the_files_own_mode(void **state) {
    struct tree *tree = *state;
    expect(tree->file, false, NULL);
    chmod_to(tree->file, 0400);
    expect(tree->file, false, NULL);
    chmod_to(tree->file, 0640);
    expect(tree->file, true, NULL);
    chmod_to(tree->file, 0604);
    expect(tree->file, true, NULL);
    chmod_to(tree->file, 0602);
    expect(tree->file, false, "can be changed by everybody");
}

static void folders_that_others_can_write_into(void **state) {
    struct tree *tree = *state;
    chmod_to(tree->folder, 0777);
    expect(tree->file, false, "folder");
    expect(tree->link, false, "folder");
    chmod_to(tree->folder, 01777); /* as /tmp: what is ours stays ours */
    expect(tree->file, false, NULL);
    chmod_to(tree->folder, 0700);
    chmod_to(tree->top, 0707); /* one above can be replaced as a whole */
    expect(tree->file, false, tree->top);
    chmod_to(tree->top, 0755);
    expect(tree->file, false, NULL);
}

/* Relative ways, dots, and links to links. */
static void every_way_is_looked_at(void **state) {
    struct tree *tree = *state;
    char dotted[160], second[80];
    int here = open(".", O_RDONLY | O_CLOEXEC);
    assert_true(here >= 0);
    expect(tree->link, false, NULL);
    (void)snprintf(dotted, sizeof dotted, "%s/./folder/../folder//file", tree->top);
    expect(dotted, false, NULL);
    (void)snprintf(second, sizeof second, "%s/second", tree->top);
    assert_int_equal(symlink(tree->link, second), 0);
    expect(second, false, NULL);
    chmod_to(tree->folder, 0777);
    expect(second, false, "folder");
    expect(dotted, false, "folder");
    assert_int_equal(chdir(tree->top), 0);
    expect("folder/file", false, "folder");
    assert_int_equal(chdir(tree->folder), 0);
    expect("file", false, "folder");
    assert_int_equal(fchdir(here), 0);
    (void)close(here);
    (void)unlink(second);
}

/* A link in a folder of everybody's, to a file that is well kept. */
static void a_link_that_others_can_replace(void **state) {
    struct tree *tree = *state;
    char open_folder[80], link[96];
    (void)snprintf(open_folder, sizeof open_folder, "%s/open", tree->top);
    (void)snprintf(link, sizeof link, "%s/l", open_folder);
    assert_int_equal(mkdir(open_folder, 0700), 0);
    assert_int_equal(symlink(tree->file, link), 0);
    expect(link, false, NULL);
    chmod_to(open_folder, 0777);
    expect(link, false, "open can be changed by everybody");
    (void)unlink(link);
    (void)rmdir(open_folder);
}

static void a_group_of_ones_own_is_not_others(void **state) {
    struct tree *tree = *state;
    if (geteuid() != 0) { /* only root can give files away: what is left is that it is looked at */
        chmod_to(tree->file, 0600);
        expect(tree->file, false, NULL);
        return;
    }
    chmod_to(tree->folder, 0775);
    expect(tree->file, false, NULL); /* root's */
    assert_int_equal(chown(tree->folder, 0, STRANGER), 0);
    expect(tree->file, false, "can be changed by its group");
    assert_int_equal(chown(tree->folder, 0, 0), 0);
    chmod_to(tree->folder, 0700);
    assert_int_equal(chown(tree->file, 0, STRANGER), 0);
    chmod_to(tree->file, 0660);
    expect(tree->file, true, "file");
}

static void a_pipe_and_a_file_without_a_name(void **state) {
    (void)state;
    struct avo_access access;
    char path[64];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(avo_access_look(ends[0], path, &access), AVO_OK);
    assert_string_equal(access.others_write, "");
    (void)close(ends[0]);
    (void)close(ends[1]);
    FILE *nameless = tmpfile();
    assert_non_null(nameless);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(nameless));
    assert_int_equal(avo_access_look(fileno(nameless), path, &access), AVO_OK);
    assert_string_equal(access.others_write, "");
    (void)fclose(nameless);
}

static void a_way_that_leads_nowhere_is_an_error(void **state) {
    struct tree *tree = *state;
    struct avo_access access;
    char loop[80];
    (void)snprintf(loop, sizeof loop, "%s/loop", tree->top);
    assert_int_equal(symlink("loop", loop), 0);
    int fd = open(tree->file, O_RDONLY | O_CLOEXEC);
    assert_int_equal(avo_access_look(fd, loop, &access), AVO_EIO);
    assert_int_equal(errno, ELOOP);
    (void)unlink(loop);
    assert_int_equal(avo_access_look(fd, loop, &access), AVO_EIO);
    assert_int_equal(errno, ENOENT);
    (void)close(fd);
}

/* A list as acl(5) and the kernel's posix_acl_xattr.h have it: version 2, then {tag, rights, id}. Root may write by it. */
static void list_set(const char *path, uint16_t mask) {
    const struct {
        uint32_t version;
        struct {
            uint16_t tag, rights;
            uint32_t id;
        } entry[5];
    } list = {2, {{1, 6, UINT32_MAX}, {2, 6, STRANGER}, {4, 0, UINT32_MAX}, {16, mask, UINT32_MAX}, {32, 0, UINT32_MAX}}};
    assert_int_equal(setxattr(path, "system.posix_acl_access", &list, sizeof list, 0), 0);
}

/* The group's bits are the list's mask: they are all that the mode shows of it. */
static void an_access_control_list(void **state) {
    struct tree *tree = *state;
    list_set(tree->file, 6);
    expect(tree->file, true, "access control list");
    list_set(tree->file, 4);
    expect(tree->file, true, NULL);
    list_set(tree->folder, 7);
    expect(tree->file, true, "access control list");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_files_own_mode, make, unmake),
        cmocka_unit_test_setup_teardown(folders_that_others_can_write_into, make, unmake),
        cmocka_unit_test_setup_teardown(every_way_is_looked_at, make, unmake),
        cmocka_unit_test_setup_teardown(a_link_that_others_can_replace, make, unmake),
        cmocka_unit_test_setup_teardown(a_group_of_ones_own_is_not_others, make, unmake),
        cmocka_unit_test_setup_teardown(an_access_control_list, make, unmake),
        cmocka_unit_test(a_pipe_and_a_file_without_a_name),
        cmocka_unit_test_setup_teardown(a_way_that_leads_nowhere_is_an_error, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
