import qrcode from 'qrcode-generator';

/** A frame of this many light modules makes scanners find it. */
const quietModules = 2;

/** A QR code in half blocks, two rows of modules in each line. Light is drawn, so that it reads on a dark terminal. */
export function qrLines(text: string): string[] {
  const code = qrcode(0, 'L');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const isInside = (at: number) => at >= 0 && at < count;
  const isLight = (row: number, column: number) => !(isInside(row) && isInside(column) && code.isDark(row, column));
  const lines: string[] = [];
  for (let row = -quietModules; row < count + quietModules; row += 2) {
    let line = '';
    for (let column = -quietModules; column < count + quietModules; column += 1) {
      line += blockOf(isLight(row, column), row + 1 < count + quietModules && isLight(row + 1, column));
    }
    lines.push(line);
  }
  return lines;
}

/** With its colours said, it reads on any terminal: light modules are white, dark ones black. */
export function inBlackAndWhite(line: string): string {
  return `\u001b[97;40m${line}\u001b[0m`;
}

function blockOf(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
