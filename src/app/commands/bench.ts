import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

export function addBench(_program: Command, _terminal: Terminal): void {}
