relu = relu6 = silu = hardsigmoid = hardswish = None  # names that the runner lists
