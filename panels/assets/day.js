// A day, picked with the browser's own calendar or typed. Half-typed years are not asked for yet.
window.panels = {
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
};
