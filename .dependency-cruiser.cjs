// Which file may import which. CONTRIBUTING.md says why; test/rules plants a break of every rule.

const testFile = "\\.test\\.ts$";
const shipped = "^(index\\.ts$|(src|decorators|plugins|test/(contracts|testing))/)";
const preset = "^plugins/standard/";

const rule = (name, from, to) => ({ name, severity: "error", from, to });

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true }),
    rule("resolvable", {}, { couldNotResolve: true }),
    rule(
      "no-orphans",
      {
        orphan: true,
        path: "^(src|decorators|plugins|samples)/",
        pathNot: "(^|/)(index|spi)\\.ts$",
      },
      {},
    ),

    // The door: the one file that sees the engine, the decorators and the preset together.
    rule(
      "door-binds-three",
      { path: "^index\\.ts$" },
      { pathNot: `^(src/(index|spi)\\.ts|decorators/index\\.ts)$|${preset}` },
    ),

    // src
    rule(
      "src-looks-down-only",
      { path: "^src/", pathNot: testFile },
      { path: "^(index\\.ts$|(decorators|plugins|samples)/)" },
    ),
    rule("base-stands-alone", { path: "^src/base/" }, { path: "^src/(?!base/)" }),
    rule(
      "interfaces-know-no-engine",
      { path: "^src/(transport|codec|registry|selector|broker|call|plugin)/" },
      { path: "^src/(client|server|service)/" },
    ),
    rule("client-and-server-never-meet", { path: "^src/client/" }, { path: "^src/server/" }),
    rule("server-and-client-never-meet", { path: "^src/server/" }, { path: "^src/client/" }),
    rule("engine-below-service", { path: "^src/(client|server)/" }, { path: "^src/service/" }),
    rule(
      "src-opens-no-sockets",
      { path: "^src/", pathNot: testFile },
      {
        dependencyTypes: ["core"],
        dependencyTypesNot: ["type-only"],
        path: "^(node:)?(net|tls|dgram|http|https|http2)$",
      },
    ),
    rule(
      "src-has-two-packages",
      { path: "^src/", pathNot: testFile },
      {
        dependencyTypes: ["npm", "npm-dev", "npm-peer", "npm-optional", "npm-no-pkg"],
        pathNot: "node_modules/(tsyringe|reflect-metadata)/",
      },
    ),
    rule(
      "container-in-one-place",
      {
        path: "^(src|decorators|plugins)/",
        pathNot: `^(src/plugin/container|decorators/(inject|metadata))\\.ts$|${testFile}`,
      },
      { path: "node_modules/(tsyringe|reflect-metadata)/" },
    ),

    // plugins
    rule(
      "plugins-use-the-spi",
      { path: "^plugins/", pathNot: testFile },
      { path: "^(index\\.ts$|src/(?!spi\\.ts$)|(decorators|samples)/)" },
    ),
    rule(
      "plugins-are-islands",
      { path: "^plugins/([^/]+/[^/]+|[^/]+$)", pathNot: `${preset}|${testFile}` },
      { path: "^plugins/", pathNot: "^plugins/$1(/|$)" },
    ),
    rule(
      "plugin-tests-see-the-preset-only",
      { path: `^plugins/([^/]+/[^/]+)/.*${testFile}`, pathNot: preset },
      { path: "^plugins/", pathNot: `^plugins/$1/|${preset}` },
    ),
    rule(
      "protobuf-in-one-place",
      { path: shipped, pathNot: `^(src/|plugins/codec/protobuf/)|${testFile}` },
      { path: "node_modules/protobufjs/" },
    ),

    // decorators
    rule(
      "decorators-use-the-doors",
      { path: "^decorators/", pathNot: testFile },
      { path: "^(index\\.ts$|src/(?!(index|spi)\\.ts$)|(plugins|samples)/)" },
    ),

    // samples
    rule(
      "samples-use-public-doors",
      { path: "^samples/" },
      {
        path: "^(src/(?!spi\\.ts$)|decorators/(?!index\\.ts$)|plugins/(?!.+/index\\.ts$)|test/(?!(contracts|testing)/index\\.ts$))",
      },
    ),

    // what is published
    rule(
      "shipped-code-needs-no-tests",
      { path: "^(index\\.ts$|(src|decorators|plugins)/)", pathNot: testFile },
      { path: `^test/|${testFile}` },
    ),
    rule(
      "shipped-code-needs-no-dev-packages",
      { path: shipped, pathNot: `^src/|${testFile}` },
      { dependencyTypes: ["npm-dev", "npm-no-pkg"], dependencyTypesNot: ["npm-peer"] },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage|test/bench/peers)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
