/** ops serves uPlot's own module under this name, since a browser knows no packages. */
export { default } from 'uplot';
