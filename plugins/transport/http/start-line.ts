/** Reads a first line: its status (0 for a request), 1000 more for HTTP/1.0, -1 when it is none. */
export type StartLine = (line: string) => number;

const request = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [^ \t]+ HTTP\/1\.([0-9])$/;
const response = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: .*)?$/;

/** Any method and any path, as go-micro's server takes them. */
export const requestLine: StartLine = (line) => {
  if (line === "POST / HTTP/1.1") return 0;
  const match = request.exec(line);
  if (!match) return -1;
  return match[1] === "0" ? 1000 : 0;
};

/** A status line. */
export const statusLine: StartLine = (line) => {
  if (line === "HTTP/1.1 200 OK") return 200;
  const match = response.exec(line);
  if (!match) return -1;
  return Number(match[2]) + (match[1] === "0" ? 1000 : 0);
};
