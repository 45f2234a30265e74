window.panels = {
  // A day, picked with the browser's own calendar or typed. Half-typed years are not asked for yet.
  Day({ id, value, setProps }) {
    const waiting = React.useRef(0);
    const ask = ({ target }) => {
      clearTimeout(waiting.current);
      if (target.value >= "1900" && target.value !== value) setProps({ value: target.value });
    };
    return React.createElement("input", {
      id: typeof id === "string" ? id : JSON.stringify(id),
      type: "date",
      defaultValue: value,
      onBlur: ask,
      onChange(event) {
        clearTimeout(waiting.current);
        waiting.current = setTimeout(ask, 700, { target: event.target });
      },
    });
  },
  Choice({ id, value, options, everything, setProps }) {
    return React.createElement("select", {
      id: typeof id === "string" ? id : JSON.stringify(id),
      value: value || "",
      onChange: ({ target }) => setProps({ value: target.value || null }),
    }, ["", ...options.map(([each]) => each)].map((each, place) => React.createElement(
      "option", { key: each, value: each }, place ? options[place - 1][1] : everything,
    )));
  },
};
