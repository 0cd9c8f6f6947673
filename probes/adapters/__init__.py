"""What does an adapter change, and what are the weights with it?

`settings` reads adapter_config.json, `targets` says which modules it speaks of, `contents` takes
the file of tensors apart, `adapter` puts both into one record, and `merging`, the only one here
that computes, adds it to the weights. What peft would make of the files is the measure: each tensor
is merged as peft applies it, or refused by its name.
"""
