/* What a measured verifier does must not depend on files that the host can write. */
#include "attest/plug/plug.h"
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* OpenSSL's configuration file may name modules to load into the process. This one only makes every algorithm unavailable, which
 * shows that the file was followed. */
static const char configuration[] = "openssl_conf = init\n[init]\nalg_section = algorithms\n"
                                    "[algorithms]\ndefault_properties = provider=the-host\n";

static void no_configuration_file_is_followed(void **state) {
    (void)state;
    char path[] = "/tmp/avocado-plug-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, configuration, sizeof configuration - 1), sizeof configuration - 1);
    (void)close(fd);
    assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
    struct avo_attest_plug plug;
    avo_attest_plug_init(&plug, "none");
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    (void)unlink(path);
    assert_non_null(sha256);
    EVP_MD_free(sha256);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_configuration_file_is_followed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
