const NAME_BYTES_MAX = 223;
const FORMS = /^(?:iqn\.\d{4}-\d{2}\.[^\s]+|eui\.[0-9a-f]{16}|naa\.(?:[0-9a-f]{16}|[0-9a-f]{32}))$/;

/**
 * An iSCSI name in the form in which names are compared, or undefined if it is not one.
 *
 * Departs from RFC 3722: besides letters, digits, `-`, `.` and `:` printable ASCII is let through,
 * since real initiators use underscores.
 */
export function normalizedName(name: string): string | undefined {
  const normal = name.normalize('NFKC').toLowerCase();
  const printable = !/[\p{Cc}\p{Zs}\p{Cs}]/u.test(normal);
  const isShort = new TextEncoder().encode(normal).length <= NAME_BYTES_MAX;
  return printable && isShort && FORMS.test(normal) ? normal : undefined;
}
