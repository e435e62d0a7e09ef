#include "cli/attest/attest_cli.h"
#include "cli/attest/options.h"
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: avocado attest verify FILE --collateral C [--at DATE] [--root PEM] [--policy FILE] [--role ROLE]\n"
    "                             [--report-data HEX] [--json]\n"
    "       avocado attest inspect FILE [--json]\n"
    "\n"
    "FILE    an Intel SGX or TDX quote, or an AMD SEV-SNP report; binary, hex or base64; - for standard input\n"
    "C       a JSON bundle, or a folder with tcb.json, qe.json, chain.pem, root_crl.der, pck_crl.der (Intel)\n"
    "        or vek.der, chain.pem and crl.der (AMD); for a fleet, a list of bundles, or folders in it\n"
    "DATE    the time to verify at, like 2025-07-01T00:00:00Z; now when left out\n"
    "PEM     a root certificate to trust instead of Intel's and AMD's\n"
    "policy  production defaults when left out; see docs/ATTESTATION.md\n"
    "ROLE    whose rules of the policy apply: node, cas, las or any\n"
    "\n"
    "exit status: 0 accepted, 1 refused, 2 could not be evaluated\n";

int avo_cli_attest(int argc, char **argv) {
    struct avo_attest_options options;
    struct avo_reason reason = {"give verify or inspect; see avocado attest --help"};
    const char *command = argc > 1 ? argv[1] : "";
    bool verify = strcmp(command, "verify") == 0;
    if (argc > 1 && strcmp(command, "--help") == 0) {
        (void)fputs(help, stdout);
        return AVO_CLI_ACCEPTED;
    }
    if (!verify && strcmp(command, "inspect") != 0) {
        return avo_cli_attest_fail(command, &reason);
    }
    if (avo_attest_options(argc - 1, argv + 1, &options, &reason) != AVO_OK) {
        return avo_cli_attest_fail(command, &reason);
    }
    if (options.help) {
        (void)fputs(help, stdout);
        return AVO_CLI_ACCEPTED;
    }
    return verify ? avo_cli_attest_verify(&options) : avo_cli_attest_inspect(&options);
}
