// Colors for Rastra in JupyterLab: a container as module federation has them, written by hand, so that nothing is built.
(() => {
  // Stages with the names of their arguments, reducers, functions, words.
  const KNOWN = "{known}";

  const stages = new Map(Object.entries(KNOWN.stages).map(([name, names]) => [name, new Set(names)]));
  const families = new Set([...stages.keys()].filter(name => name.includes(" ")).map(name => name.split(" ")[0]));
  const [reducers, functions, keywords, statements] = ["reducers", "functions", "keywords", "statements"].map(
    name => new Set(KNOWN[name])
  );
  const expressions = new Set(KNOWN.expressions);

  function startState() {
    // `starts`: a stage may come; `stage`: the one whose arguments come; `text`: inside of a string.
    return { starts: true, open: 0, more: false, stage: null, text: null };
  }

  function string(stream, state) {
    while (!stream.eol()) {
      const c = stream.next();
      if (c === "\\" && state.text === "plain") stream.next();
      else if (c === '"') {
        state.text = null;
        break;
      }
    }
    return "string";
  }

  function word(stream, state, text) {
    const starts = state.starts;
    state.starts = false;
    state.more = false;
    if (starts && statements.has(text)) return "keyword";
    if (starts && families.has(text)) {
      const second = stream.match(/^[ \t]+([A-Za-z_]+)/, false);
      const name = second && `${text} ${second[1]}`;
      if (stages.has(name)) {
        stream.match(/^[ \t]+[A-Za-z_]+/);
        state.stage = name;
        return "builtin";
      }
    }
    if (starts && (stages.has(text) || reducers.has(text))) {
      state.stage = text;
      return "builtin";
    }
    if (keywords.has(text)) return "keyword";
    if (functions.has(text) && stream.match(/^[ \t]*\(/, false)) return "builtin";
    if (stages.get(state.stage)?.has(text)) return "property";
    if (reducers.has(text) && !expressions.has(state.stage)) return "builtin";
    // With a name of its own, so that JupyterLab knows which word is being completed.
    return "variable";
  }

  function token(stream, state) {
    if (state.text) return string(stream, state);
    if (stream.sol() && !state.open && !state.more) {
      state.starts = true;
      state.stage = null;
      if (stream.match(/^[ \t]*:[a-z?]*/)) return "meta";
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    const raw = stream.match(/^(r?)"/);
    if (raw) {
      state.text = raw[1] ? "raw" : "plain";
      state.starts = state.more = false;
      return string(stream, state);
    }
    if (stream.match(/^\$[A-Za-z_](?:[A-Za-z0-9_]|\.(?=[A-Za-z0-9]))*/)) {
      state.starts = state.more = false;
      return "variable-2";
    }
    if (stream.match(/^\.\.<?/)) return "operator";
    if (stream.match(/^@?\d{4}-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?Z?)?)?(?![\w-])/) || stream.match(/^\.?\d(\.\d|[\w%])*/)) {
      state.starts = state.more = false;
      return "number";
    }
    const name = stream.match(/^[A-Za-z_](?:[A-Za-z0-9_]|[:.-](?=[A-Za-z0-9]))*/);
    if (name) return word(stream, state, name[0]);
    if (stream.match(/^`[^`]*`?/)) return "variable";
    const c = stream.next();
    if ("([{".includes(c)) {
      state.open += 1;
      state.starts = c === "(" && !expressions.has(state.stage);
      return "bracket";
    }
    if (")]}".includes(c)) {
      state.open = Math.max(0, state.open - 1);
      state.starts = state.more = false;
      return "bracket";
    }
    // After `let x =` a stage may come; in the expressions of `map` a band does.
    state.starts = c === "|" || c === ";" || (c === "=" && !state.stage);
    if (c === "|" || c === ";") state.stage = null;
    state.more = c !== ";";
    return "operator";
  }

  let shared;
  async function module(name) {
    const versions = Object.values(shared[name] ?? {});
    if (!versions.length) throw new Error(`JupyterLab has no ${name}`);
    return (await versions[0].get())();
  }

  async function extension() {
    const [codemirror, language] = await Promise.all(["@jupyterlab/codemirror", "@codemirror/language"].map(module));
    const plugin = {
      id: "rastra:colors",
      autoStart: true,
      requires: [codemirror.IEditorLanguageRegistry],
      activate: (_, languages) =>
        languages.addLanguage({
          name: "rastra",
          displayName: "Rastra",
          mime: "text/x-rastra",
          extensions: ["rastra"],
          support: new language.LanguageSupport(
            language.StreamLanguage.define({
              name: "rastra",
              startState,
              copyState: state => ({ ...state }),
              token,
              languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
            })
          ),
        }),
    };
    return () => ({ __esModule: true, default: plugin });
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB.rastra = {
    init: scope => void (shared = scope),
    get: () => extension(),
  };
})();
