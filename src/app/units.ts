/** Sizes, rates and times as people write and read them. Sizes are powers of 1024. */
import { UsageError } from './user-error.ts';

const SUFFIXES = ['', 'K', 'M', 'G', 'T', 'P'] as const;

/**
 * Bytes of a size such as `4096`, `512K`, `4G`, `1.5GiB`.
 *
 * Throws: UsageError that names `what`.
 */
export function parseSize(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTP]?)(?:i?B)?$/i.exec(text.trim());
  const suffix = match?.[2]?.toUpperCase() ?? '';
  const factor = 1024 ** (SUFFIXES as readonly string[]).indexOf(suffix);
  const bytes = match === null ? Number.NaN : Math.round(Number(match[1]) * factor);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UsageError(`Cannot read ${what} '${text}': write a size such as 512M or 4G`);
  }
  return bytes;
}

/** `1.50 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < SUFFIXES.length - 1) {
    value /= 1024;
    step += 1;
  }
  return step === 0 ? `${bytes} B` : `${value.toFixed(value < 10 ? 2 : 1)} ${SUFFIXES[step]}iB`;
}

/** `1.25 s`, `340 ms`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `1.20 GiB/s`; a dash where no time has passed. */
export const formatRate = (bytes: number, ms: number): string =>
  (ms > 0 ? `${formatSize(Math.round((bytes * 1000) / ms))}/s` : '-');
