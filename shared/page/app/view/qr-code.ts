import qrcode from 'qrcode-generator';

const quietModules = 4;
const svg = 'http://www.w3.org/2000/svg';

/** Dark on white whatever the page's colours are: cameras want it so. */
export function qrCode(text: string): SVGSVGElement {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const modules = code.getModuleCount();
  let path = '';
  for (let row = 0; row < modules; row += 1) {
    for (let column = 0; column < modules; column += 1) {
      if (code.isDark(row, column)) path += `M${column + quietModules} ${row + quietModules}h1v1h-1z`;
    }
  }
  const size = modules + 2 * quietModules;
  return drawing(size, path);
}

function drawing(size: number, path: string): SVGSVGElement {
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('viewBox', `0 0 ${size} ${size}`);
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', 'The code as a QR code');
  const ground = document.createElementNS(svg, 'rect');
  ground.setAttribute('width', `${size}`);
  ground.setAttribute('height', `${size}`);
  ground.setAttribute('fill', '#fff');
  const modules = document.createElementNS(svg, 'path');
  modules.setAttribute('d', path);
  modules.setAttribute('fill', '#000');
  picture.append(ground, modules);
  return picture;
}
