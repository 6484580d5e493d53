/** What commands print to. Passed in, so that tests read it. */
export interface Terminal {
  /** Results: may be piped into another program. */
  out(line: string): void;
  /** Everything else: progress, warnings. */
  note(line: string): void;
  /** Replaces the line shown before; only for a terminal that a person looks at. */
  status(line: string): void;
  /** Ends what `status` shows. */
  clearStatus(): void;
  readonly isInteractive: boolean;
  readonly columns: number;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let shown = false;
  // Whoever reads our output may have seen enough (`| head`): then there is nobody to write for.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  const clearStatus = (): void => {
    if (shown) stderr.write('\r\x1b[K');
    shown = false;
  };
  return {
    out(line) {
      clearStatus();
      stdout.write(`${line}\n`);
    },
    note(line) {
      clearStatus();
      stderr.write(`${line}\n`);
    },
    status(line) {
      stderr.write(`\r\x1b[K${line}`);
      shown = true;
    },
    clearStatus,
    isInteractive: stderr.isTTY === true,
    columns: stderr.columns ?? 80,
  };
}

/** Rows with their columns aligned; cells that look like numbers stand to the right. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const place = (cell: string, i: number): string =>
    (/^[-\d][\d.,]*( \S+)?$/.test(cell) && i > 0
      ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!));
  return rows.map((row) => `${indent}${row.map(place).join('  ')}`.trimEnd());
}
