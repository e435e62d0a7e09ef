/* The same command as a program of its own, for tests and for a machine without the rest of Avocado. */
#include "cli/attest/attest_cli.h"

int main(int argc, char **argv) {
    return avo_cli_attest(argc, argv);
}
