/** A process that does nothing, started as the local cloud is: prints a line, and ends with its standard input. */
process.stdout.write('ready\n');
process.stdin.resume();
