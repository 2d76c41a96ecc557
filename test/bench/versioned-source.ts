const FUNCTIONS = 60;
const CLASSES = 5;

/** About 15 kB of JavaScript with a function `run`, another text for each number. */
export function versionedSource(n: number): string {
  const functions = Array.from(
    { length: FUNCTIONS },
    (_, at) => `export function f${at}(a, b) {
  const list = [a, b, ${n}, ${at}];
  const text = 'version ${n} of function ${at} with some text in it';
  return list.map((each) => text.length + each * ${at + 1}).reduce((sum, each) => sum + each, 0);
}
`,
  );
  const classes = Array.from(
    { length: CLASSES },
    (_, at) =>
      `export class C${at} {\n  value = ${n};\n  get() {\n    return f${at}(this.value, ${at});\n  }\n}\n`,
  );
  const calls = Array.from({ length: FUNCTIONS }, (_, at) => `f${at}(${n}, ${at})`).join(' + ');
  const gets = Array.from({ length: CLASSES }, (_, at) => `new C${at}().get()`).join(' + ');
  return `${functions.join('')}${classes.join('')}export function run() {\n  return ${calls} + ${gets};\n}\n`;
}
