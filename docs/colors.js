// Colors the programs of the book, whose language highlight.js does not know, by the words in words.js.
(function () {
    'use strict';

    const words = window.rastraWords;
    const kinds = [
        ['comment', /#[^\n]*/],
        ['string', /r?"(?:[^"\\]|\\.)*"/],
        ['symbol', /`[^`\n]*`/],
        ['variable', /\$\w+/],
        ['number', /@?\b\d[\w.:-]*/],
        ['word', /[A-Za-z_][\w.:]*/],
        ['space', /\s+/],
        ['sign', /[^]/],
    ];
    const token = new RegExp(kinds.map(([, pattern]) => '(' + pattern.source + ')').join('|'), 'g');

    // What a word is: a stage where one begins, of two words perhaps, else a word of the language or a name.
    function kindOf(word, begins, rest) {
        if (begins && words.statements.includes(word)) return 'keyword';
        if (begins && words.stages.some(stage => stage.split(' ')[0] === word)) return 'title';
        if (words.keywords.includes(word)) return 'keyword';
        if (words.functions.includes(word) && rest.startsWith('(')) return 'built_in';
        if (words.reducers.includes(word)) return 'built_in';
        return null;
    }

    function span(kind, text) {
        const out = document.createElement('span');
        out.className = 'hljs-' + kind;
        out.textContent = text;
        return out;
    }

    function color(code) {
        const text = code.textContent;
        const out = document.createDocumentFragment();
        let begins = true;
        let first = '';
        for (const found of text.matchAll(token)) {
            let kind = kinds[found.slice(1).findIndex(part => part !== undefined)][0];
            const piece = found[0];
            if (kind === 'word') {
                // The second word of a stage: `load files`.
                const isSecond = first !== '' && words.stages.includes(first + ' ' + piece);
                kind = isSecond ? 'title' : kindOf(piece, begins, text.slice(found.index + piece.length));
                first = begins && kind === 'title' ? piece : '';
            } else if (kind !== 'space') {
                first = '';
            }
            if (found[0].trim() !== '' && kind !== 'comment') {
                begins = '|;=('.includes(piece);
            } else if (piece.includes('\n')) {
                begins = true;
            }
            const isPlain = kind === null || kind === 'space' || kind === 'sign';
            out.append(isPlain ? piece : span(kind, piece));
        }
        code.replaceChildren(out);
    }

    document.querySelectorAll('code.language-rastra').forEach(color);
})();
